// Loops, by machine code made for them where the processor and the operations allow (Emit.c), else by interpreting a tile at a
// time. To the interpreter a register is a pointer: to the input where elements line up, to the output where a
// result may go there at once, else to the register's slot of the scratch memory, which stays in L1.
#include "Emit.h"
#include "Kernels.h"
#include "Sources.h"

#include <stdlib.h>

typedef struct {
  tw_kernel kernel;
  uint16_t dst, a, b, c;
  int32_t sink; // the sink whose output the result may go to at once, or -1
  int32_t size; // bytes of a result
} step;

struct tw_loop {
  tw_program program;
  step *steps;
  tw_filler *fillers;
  /// By sink and source: the input is read after the sink's value was made, so that it must not be overwritten by then.
  bool *late;
  /// By register: where its memory lies in the scratch memory. Close together: what a tile touches fits in L1.
  int64_t *offsets;
  int64_t scratch_bytes;
  int level;
  tw_code *code; // NULL where the loop is interpreted
  bool is_even;  // no source needs its tiles made: the code runs over all elements at once
};

static size_t result_size(const tw_instruction *instruction) {
  uint8_t op = instruction->opcode;
  if (op == TW_CAST) return tw_size_of((tw_type)instruction->type2);
  bool truth = op == TW_NOT || op == TW_ISNAN || op == TW_ISFINITE || (op >= TW_AND && op <= TW_GE);
  return truth ? 1 : tw_size_of((tw_type)instruction->type);
}

static bool reads(const tw_instruction *instruction, uint16_t reg) {
  int count = tw_operand_count(instruction->opcode);
  return instruction->a == reg || (count > 1 && instruction->b == reg) || (count > 2 && instruction->c == reg);
}

/// The last instruction that writes the register.
static int32_t writer_of(const tw_program *program, uint16_t reg) {
  for (int32_t i = program->instruction_count - 1; i >= 0; i--) {
    if (program->instructions[i].dst == reg) return i;
  }
  tw_unsupported("tw_loop_make (a sink without an instruction)", 0, 0);
}

static void choose_kernels(const tw_program *program, step *steps) {
  for (int32_t i = 0; i < program->instruction_count; i++) steps[i].kernel = tw_kernel_for(&program->instructions[i]);
}

/// Gives each register memory for the widest value it ever holds.
static void lay_out(tw_loop *loop) {
  const tw_program *program = &loop->program;
  int64_t *offsets = loop->offsets;
  for (int32_t r = 0; r < program->register_count; r++) offsets[r] = 0;
  for (int32_t s = 0; s < program->source_count; s++) {
    offsets[program->sources[s].reg] = tw_filler_bytes(&loop->fillers[s]);
  }
  for (int32_t i = 0; i < program->instruction_count; i++) {
    const step *now = &loop->steps[i];
    offsets[now->dst] = tw_max(offsets[now->dst], (int64_t)TW_TILE * now->size);
  }
  loop->scratch_bytes = 0;
  for (int32_t r = 0; r < program->register_count; r++) {
    int64_t bytes = (offsets[r] + 63) & ~(int64_t)63;
    offsets[r] = loop->scratch_bytes;
    loop->scratch_bytes += bytes;
  }
}

static bool is_scalar(const tw_filler *filler) {
  return filler->mode == TW_FILL_SCALAR || filler->mode == TW_FILL_ONCE;
}

static void make_code(tw_loop *loop) {
  int32_t count = loop->program.source_count;
  bool scalars[count > 0 ? count : 1];
  loop->is_even = true;
  for (int32_t s = 0; s < count; s++) {
    scalars[s] = is_scalar(&loop->fillers[s]);
    if (!scalars[s] && loop->fillers[s].mode != TW_FILL_ALIAS) loop->is_even = false;
  }
  loop->code = tw_code_make(&loop->program, scalars);
}

static size_t rounded(size_t bytes) { return (bytes + 15) & ~(size_t)15; }

tw_loop *tw_loop_make(const tw_program *from) {
  size_t sources = rounded((size_t)from->source_count * sizeof(tw_source));
  size_t instructions = rounded((size_t)from->instruction_count * sizeof(tw_instruction));
  size_t sinks = rounded((size_t)from->sink_count * sizeof(tw_sink));
  size_t steps = rounded((size_t)from->instruction_count * sizeof(step));
  size_t fillers = rounded((size_t)from->source_count * sizeof(tw_filler));
  size_t late = (size_t)from->sink_count * (size_t)from->source_count;
  size_t offsets = rounded((size_t)from->register_count * sizeof(int64_t));
  tw_loop *loop = malloc(rounded(sizeof *loop) + sources + instructions + sinks + steps + fillers + offsets + late);
  if (loop == NULL) tw_unsupported("tw_loop_make (out of memory)", 0, 0);
  char *memory = (char *)loop + rounded(sizeof *loop);
  loop->program = *from;
  loop->program.sources = memcpy(memory, from->sources, (size_t)from->source_count * sizeof(tw_source));
  memory += sources;
  loop->program.instructions =
      memcpy(memory, from->instructions, (size_t)from->instruction_count * sizeof(tw_instruction));
  memory += instructions;
  loop->program.sinks = memcpy(memory, from->sinks, (size_t)from->sink_count * sizeof(tw_sink));
  memory += sinks;
  loop->steps = (step *)memory;
  memory += steps;
  loop->fillers = (tw_filler *)memory;
  memory += fillers;
  loop->offsets = (int64_t *)memory;
  memory += offsets;
  loop->late = (bool *)memory;

  const tw_program *program = &loop->program;
  for (int32_t i = 0; i < program->instruction_count; i++) {
    const tw_instruction *instruction = &program->instructions[i];
    int count = tw_operand_count(instruction->opcode);
    loop->steps[i] = (step){
        .dst = instruction->dst,
        .a = instruction->a,
        .b = count > 1 ? instruction->b : instruction->a,
        .c = count > 2 ? instruction->c : instruction->a,
        .sink = -1,
        .size = (int32_t)result_size(instruction),
    };
  }
  loop->level = tw_level();
  choose_kernels(program, loop->steps);
  for (int32_t k = 0; k < program->sink_count; k++) {
    int32_t writer = writer_of(program, program->sinks[k].reg);
    if (loop->steps[writer].sink < 0) loop->steps[writer].sink = k;
    for (int32_t s = 0; s < program->source_count; s++) {
      bool *is_late = &loop->late[k * program->source_count + s];
      *is_late = false;
      for (int32_t i = writer + 1; i < program->instruction_count; i++) {
        if (reads(&program->instructions[i], program->sources[s].reg)) *is_late = true;
      }
    }
  }
  for (int32_t s = 0; s < program->source_count; s++) loop->fillers[s] = tw_make_filler(program, &program->sources[s]);
  lay_out(loop);
  make_code(loop);
  return loop;
}

void tw_loop_free(tw_loop *loop) {
  tw_code_free(loop->code);
  free(loop);
}

bool tw_loop_forget_code(tw_loop *loop) {
  bool had_code = loop->code != NULL;
  tw_code_free(loop->code);
  loop->code = NULL;
  return had_code;
}

int64_t tw_loop_scratch_bytes(const tw_loop *loop) { return loop->scratch_bytes; }

/// Whether a sink's value may go to its output when it is made: the output is not the memory of an input read later.
static bool is_direct(const tw_loop *loop, int32_t sink, const void *const *inputs, void *const *outputs) {
  const tw_program *program = &loop->program;
  const bool *late = &loop->late[sink * program->source_count];
  const void *output = outputs[program->sinks[sink].output];
  for (int32_t s = 0; s < program->source_count; s++) {
    if (late[s] && loop->fillers[s].mode == TW_FILL_ALIAS && inputs[program->sources[s].input] == output) return false;
  }
  return true;
}

static void run_code(const tw_loop *loop, const void *const *inputs, void *const *outputs, int64_t begin, int64_t end,
                     char *scratch, const void **sources, void **sinks) {
  const tw_program *program = &loop->program;
  tw_code_function function = tw_code_entry(loop->code);
  int64_t longest = loop->is_even ? end - begin : tw_min(TW_TILE, end - begin);
  for (int32_t s = 0; s < program->source_count; s++) {
    const tw_source *source = &program->sources[s];
    const tw_filler *filler = &loop->fillers[s];
    if (filler->mode == TW_FILL_ONCE) {
      sources[s] = &source->constant;
    } else if (filler->mode == TW_FILL_SCALAR) {
      sources[s] = inputs[source->input];
    } else if (filler->mode == TW_FILL_PATTERN) {
      tw_prepare_filler(program, source, filler, inputs[source->input], longest, scratch + loop->offsets[source->reg]);
    }
  }
  for (int64_t at = begin; at < end; at += longest) {
    int64_t n = tw_min(longest, end - at);
    for (int32_t s = 0; s < program->source_count; s++) {
      const tw_source *source = &program->sources[s];
      const tw_filler *filler = &loop->fillers[s];
      if (is_scalar(filler)) continue;
      const char *input = source->input < 0 ? NULL : inputs[source->input];
      sources[s] = filler->mode == TW_FILL_ALIAS ? input + at * filler->size
                                                 : tw_fill_tile(program, source, filler, input, at, n,
                                                                scratch + loop->offsets[source->reg]);
    }
    for (int32_t k = 0; k < program->sink_count; k++) {
      const tw_sink *sink = &program->sinks[k];
      sinks[k] = (char *)outputs[sink->output] + at * (int64_t)tw_size_of((tw_type)sink->type);
    }
    function(n, sources, sinks, (1u << (n % 16)) - 1);
  }
}

/// Interprets the loop for elements [begin, end) with room for `targets` and `registers`.
static void interpret(const tw_loop *loop, const step *steps, const void *const *inputs, void *const *outputs, int64_t begin,
                int64_t end, char *scratch, char **targets, const void **registers) {
  const tw_program *program = &loop->program;
  for (int32_t k = 0; k < program->sink_count; k++) {
    targets[k] = is_direct(loop, k, inputs, outputs) ? outputs[program->sinks[k].output] : NULL;
  }
  int64_t longest = tw_min(TW_TILE, end - begin);
  for (int32_t s = 0; s < program->source_count; s++) {
    const tw_source *source = &program->sources[s];
    const void *input = source->input < 0 ? NULL : inputs[source->input];
    tw_prepare_filler(program, source, &loop->fillers[s], input, longest, scratch + loop->offsets[source->reg]);
  }
  for (int64_t at = begin; at < end; at += TW_TILE) {
    int64_t n = tw_min(TW_TILE, end - at);
    for (int32_t s = 0; s < program->source_count; s++) {
      const tw_source *source = &program->sources[s];
      const void *input = source->input < 0 ? NULL : inputs[source->input];
      registers[source->reg] =
          tw_fill_tile(program, source, &loop->fillers[s], input, at, n, scratch + loop->offsets[source->reg]);
    }
    for (int32_t i = 0; i < program->instruction_count; i++) {
      const step *now = &steps[i];
      char *target = now->sink < 0 ? NULL : targets[now->sink];
      void *to = target == NULL ? scratch + loop->offsets[now->dst] : target + at * now->size;
      now->kernel(n, to, registers[now->a], registers[now->b], registers[now->c]);
      registers[now->dst] = to;
    }
    for (int32_t k = 0; k < program->sink_count; k++) {
      const tw_sink *sink = &program->sinks[k];
      int64_t size = (int64_t)tw_size_of((tw_type)sink->type);
      char *to = (char *)outputs[sink->output] + at * size;
      if (registers[sink->reg] != to) memcpy(to, registers[sink->reg], (size_t)(n * size));
    }
  }
}

void tw_loop_run(const tw_loop *loop, const void *const *inputs, void *const *outputs, int64_t begin, int64_t end,
                 void *scratch) {
  if (begin >= end) return;
  const tw_program *program = &loop->program;
  // Instructions are few (the caller bounds them), registers fewer.
  size_t pointers = (size_t)(program->sink_count + program->register_count + program->source_count);
  bool is_current = TW_LIKELY(loop->level == tw_level());
  void *few[256];
  step others[is_current ? 1 : program->instruction_count];
  void **memory = few;
  if (pointers > sizeof few / sizeof *few) {
    memory = malloc(pointers * sizeof *memory);
    if (memory == NULL) tw_unsupported("tw_loop_run (out of memory)", 0, 0);
  }
  if (is_current && loop->code != NULL) {
    run_code(loop, inputs, outputs, begin, end, scratch, (const void **)memory + program->sink_count, memory);
    if (memory != few) free(memory);
    return;
  }
  if (!is_current) {  // a test forced another instruction set since
    memcpy(others, loop->steps, sizeof others);
    choose_kernels(program, others);
  }
  interpret(loop, is_current ? loop->steps : others, inputs, outputs, begin, end, scratch, (char **)memory,
      (const void **)memory + program->sink_count);
  if (memory != few) free(memory);
}
