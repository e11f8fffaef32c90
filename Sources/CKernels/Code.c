// Machine code as programs of the same structure share it, and the memory it lives in.
#include "Machine.h"

#if TW_EMITS_CODE
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

struct tw_code {
  struct tw_code *next;
  uint8_t *key;
  size_t key_bytes;
  int64_t users;
  void *memory;
  size_t memory_bytes;
  tw_code_function function;
};

enum { BUCKETS = 1024 };
static tw_code *buckets[BUCKETS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/// What decides over the code: constants and shapes do not, so that they share it.
static uint8_t *key_of(const tw_program *program, const bool *is_scalar, int32_t level, size_t *bytes) {
  size_t sources = (size_t)program->source_count, instructions = (size_t)program->instruction_count,
         sinks = (size_t)program->sink_count;
  *bytes = 16 + sources * 4 + instructions * sizeof(tw_instruction) + sinks * 4;
  uint8_t *key = calloc(*bytes, 1), *at = key;
  if (key == NULL) tw_unsupported("tw_code_make (out of memory)", 0, 0);
  memcpy(at, (const int32_t[]){level, program->source_count, program->instruction_count, program->sink_count}, 16);
  at += 16;
  for (size_t s = 0; s < sources; s++, at += 4) {
    at[0] = program->sources[s].type, at[1] = is_scalar[s];
    memcpy(at + 2, &program->sources[s].reg, 2);
  }
  for (size_t i = 0; i < instructions; i++, at += sizeof(tw_instruction)) {
    tw_instruction plain = program->instructions[i];
    plain.pad = 0;
    memcpy(at, &plain, sizeof plain);
  }
  for (size_t k = 0; k < sinks; k++, at += 4) {
    at[0] = program->sinks[k].type;
    memcpy(at + 2, &program->sinks[k].reg, 2);
  }
  return key;
}

static size_t bucket_of(const uint8_t *key, size_t bytes) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < bytes; i++) hash = (hash ^ key[i]) * 0x100000001b3u;
  return (hash ^ hash >> 32) % BUCKETS;
}

static void *executable(const tw_text *text, size_t *bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  *bytes = ((size_t)text->count + page - 1) / page * page;
  void *memory = mmap(NULL, *bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  memcpy(memory, text->bytes, (size_t)text->count);
  // Never writable and executable at once. Hardened systems refuse: then there is no code.
  if (mprotect(memory, *bytes, PROT_READ | PROT_EXEC) == 0) return memory;
  munmap(memory, *bytes);
  return NULL;
}

tw_code *tw_code_make(const tw_program *program, const bool *is_scalar) {
  int level = tw_level();
  if ((level != TW_LEVEL_AVX512 && level != TW_LEVEL_AVX2) || program->instruction_count == 0) return NULL;
  size_t key_bytes;
  uint8_t *key = key_of(program, is_scalar, level, &key_bytes);
  tw_code **bucket = &buckets[bucket_of(key, key_bytes)];
  pthread_mutex_lock(&lock);
  tw_code *code = *bucket;
  while (code != NULL && (code->key_bytes != key_bytes || memcmp(code->key, key, key_bytes) != 0)) code = code->next;
  if (code != NULL) {
    code->users++;
    free(key);
  } else {
    int32_t entry = 0;
    tw_text text = tw_assemble(program, is_scalar, level == TW_LEVEL_AVX512, &entry);
    size_t bytes = 0;
    void *memory = text.count > 0 ? executable(&text, &bytes) : NULL;
    free(text.bytes);
    code = memory != NULL ? malloc(sizeof *code) : NULL;
    if (code != NULL) {
      *code = (tw_code){.next = *bucket, .key = key, .key_bytes = key_bytes, .users = 1, .memory = memory,
                        .memory_bytes = bytes};
      void *start = (char *)memory + entry;
      memcpy(&code->function, &start, sizeof start);
      *bucket = code;
    } else {
      if (memory != NULL) munmap(memory, bytes);
      free(key);
    }
  }
  pthread_mutex_unlock(&lock);
  return code;
}

void tw_code_free(tw_code *code) {
  if (code == NULL) return;
  pthread_mutex_lock(&lock);
  if (--code->users == 0) {
    tw_code **link = &buckets[bucket_of(code->key, code->key_bytes)];
    while (*link != code) link = &(*link)->next;
    *link = code->next;
    munmap(code->memory, code->memory_bytes);
    free(code->key);
    free(code);
  }
  pthread_mutex_unlock(&lock);
}

tw_code_function tw_code_entry(const tw_code *code) { return code->function; }

#else

tw_code *tw_code_make(const tw_program *program, const bool *is_scalar) {
  (void)program, (void)is_scalar;
  return NULL;
}
void tw_code_free(tw_code *code) { (void)code; }
tw_code_function tw_code_entry(const tw_code *code) {
  (void)code;
  return NULL;
}

#endif
