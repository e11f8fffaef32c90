// The tile interpreter. A register is a pointer: to the input where elements line up, to the output where the last write
// of a register may go there at once, else to the register's slot of the scratch memory, which stays in L1.
#include "Kernels.h"
#include "Sources.h"

#include <stdlib.h>

typedef struct {
  tw_kernel kernel;
  uint16_t dst, a, b, c;
  int32_t output; // where the result goes, or -1 for the register's slot
  int32_t size;   // bytes of a result
} step;

static int operand_count(uint8_t opcode) { return opcode < TW_ADD ? 1 : opcode < TW_SELECT ? 2 : 3; }

static size_t result_size(const tw_instruction *instruction) {
  uint8_t op = instruction->opcode;
  if (op == TW_CAST) return tw_size_of((tw_type)instruction->type2);
  bool truth = op == TW_NOT || op == TW_ISNAN || op == TW_ISFINITE || (op >= TW_AND && op <= TW_GE);
  return truth ? 1 : tw_size_of((tw_type)instruction->type);
}

static bool reads(const tw_instruction *instruction, uint16_t reg) {
  int count = operand_count(instruction->opcode);
  return instruction->a == reg || (count > 1 && instruction->b == reg) || (count > 2 && instruction->c == reg);
}

/// The last instruction before `end` that writes the register, or -1.
static int32_t last_write(const tw_program *program, uint16_t reg, int32_t end) {
  for (int32_t i = end - 1; i >= 0; i--) {
    if (program->instructions[i].dst == reg) return i;
  }
  return -1;
}

/// Whether writing `output` in instruction `at` would destroy an input that is read later.
static bool destroys(const tw_program *program, const void *const *inputs, const void *output, int32_t at) {
  for (int32_t s = 0; s < program->source_count; s++) {
    const tw_source *source = &program->sources[s];
    if (source->kind != TW_SOURCE_CONTIGUOUS || inputs[source->input] != output) continue;
    if (last_write(program, source->reg, at + 1) >= 0) continue;
    for (int32_t i = at + 1; i < program->instruction_count; i++) {
      if (reads(&program->instructions[i], source->reg)) return true;
    }
  }
  return false;
}

/// Whether a sink copies the source's register after another sink may have overwritten its memory.
static bool is_endangered(const tw_program *program, const tw_source *source, const void *const *inputs,
                          void *const *outputs) {
  if (source->kind != TW_SOURCE_CONTIGUOUS) return false;
  bool copied = false, shared = false;
  for (int32_t k = 0; k < program->sink_count; k++) {
    if (program->sinks[k].reg == source->reg) copied = true;
    if (outputs[program->sinks[k].output] == inputs[source->input]) shared = true;
  }
  return copied && shared && last_write(program, source->reg, program->instruction_count) < 0;
}

static void make_steps(const tw_program *program, const void *const *inputs, void *const *outputs, step *steps) {
  for (int32_t i = 0; i < program->instruction_count; i++) {
    const tw_instruction *from = &program->instructions[i];
    int count = operand_count(from->opcode);
    steps[i] = (step){
        .kernel = tw_kernel_for(from),
        .dst = from->dst,
        .a = from->a,
        .b = count > 1 ? from->b : from->a,
        .c = count > 2 ? from->c : from->a,
        .output = -1,
        .size = (int32_t)result_size(from),
    };
  }
  for (int32_t k = 0; k < program->sink_count; k++) {
    const tw_sink *sink = &program->sinks[k];
    int32_t writer = last_write(program, sink->reg, program->instruction_count);
    if (writer >= 0 && steps[writer].output < 0 && !destroys(program, inputs, outputs[sink->output], writer)) {
      steps[writer].output = sink->output;
    }
  }
}

static void run_tile(const tw_program *program, const step *steps, const tw_filler *fillers, const void **registers,
                     void *const *outputs, int64_t begin, int64_t n, char *scratch) {
  for (int32_t s = 0; s < program->source_count; s++) {
    const tw_filler *filler = &fillers[s];
    registers[filler->reg] = tw_fill_tile(program, filler, begin, n, scratch + filler->reg * TW_SLOT);
  }
  for (int32_t i = 0; i < program->instruction_count; i++) {
    const step *now = &steps[i];
    void *to = now->output < 0 ? scratch + now->dst * TW_SLOT : (char *)outputs[now->output] + begin * now->size;
    now->kernel(n, to, registers[now->a], registers[now->b], registers[now->c]);
    registers[now->dst] = to;
  }
  for (int32_t k = 0; k < program->sink_count; k++) {
    const tw_sink *sink = &program->sinks[k];
    int64_t size = (int64_t)tw_size_of((tw_type)sink->type);
    char *to = (char *)outputs[sink->output] + begin * size;
    if (registers[sink->reg] != to) memcpy(to, registers[sink->reg], (size_t)(n * size));
  }
}

void tw_elementwise(const tw_program *program, const void *const *inputs, void *const *outputs, int64_t begin,
                    int64_t end, void *scratch) {
  if (begin >= end) return;
  size_t step_bytes = (size_t)program->instruction_count * sizeof(step);
  size_t filler_bytes = (size_t)program->source_count * sizeof(tw_filler);
  size_t register_bytes = (size_t)program->register_count * sizeof(void *);
  size_t bytes = step_bytes + filler_bytes + register_bytes;
  _Alignas(16) char few[4096];
  char *memory = few;
  if (bytes > sizeof few) {
    memory = malloc(bytes);
    if (memory == NULL) tw_unsupported("tw_elementwise (out of memory)", 0, 0);
  }
  step *steps = (step *)memory;
  tw_filler *fillers = (tw_filler *)(memory + step_bytes);
  const void **registers = (const void **)(memory + step_bytes + filler_bytes);

  make_steps(program, inputs, outputs, steps);
  for (int32_t s = 0; s < program->source_count; s++) {
    const tw_source *source = &program->sources[s];
    bool overwritten = last_write(program, source->reg, program->instruction_count) >= 0;
    fillers[s] = tw_make_filler(program, source, inputs, overwritten, is_endangered(program, source, inputs, outputs));
    tw_prepare_filler(program, &fillers[s], (char *)scratch + source->reg * TW_SLOT);
  }
  for (int64_t at = begin; at < end; at += TW_TILE) {
    run_tile(program, steps, fillers, registers, outputs, at, tw_min(TW_TILE, end - at), scratch);
  }
  if (memory != few) free(memory);
}
