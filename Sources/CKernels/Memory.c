#include "Internal.h"

#include <pthread.h>
#include <stdlib.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#define HUGE_PAGE ((size_t)2 << 20)

void *tw_allocate(size_t bytes) {
  if (bytes == 0) bytes = 1;
  size_t alignment = bytes >= HUGE_PAGE ? HUGE_PAGE : 64;
  if (bytes > SIZE_MAX - HUGE_PAGE) return NULL;
  // A last huge page that would be mostly empty is left to small ones.
  size_t huge = (bytes + HUGE_PAGE / 8) / HUGE_PAGE * HUGE_PAGE, rounded = (bytes + 63) / 64 * 64;
  if (huge > rounded) rounded = huge;
  void *memory = NULL;
  if (posix_memalign(&memory, alignment, rounded) != 0) return NULL;
#if defined(__linux__)
  // Advice only: where huge pages are switched off it fails and changes nothing.
  if (alignment == HUGE_PAGE) madvise(memory, huge, MADV_HUGEPAGE);
#endif
  return memory;
}

void tw_free(void *memory) { free(memory); }

// MARK: A thread's workspace

typedef struct {
  size_t bytes;
  void *memory;
} workspace;

static pthread_key_t workspace_key;
static pthread_once_t workspace_once = PTHREAD_ONCE_INIT;
static bool workspace_key_made;

static void release(void *pointer) {
  workspace *held = pointer;
  free(held->memory);
  free(held);
}

static void make_key(void) { workspace_key_made = pthread_key_create(&workspace_key, release) == 0; }

void *tw_workspace(size_t bytes) {
  pthread_once(&workspace_once, make_key);
  if (!workspace_key_made) return NULL;
  workspace *held = pthread_getspecific(workspace_key);
  if (held == NULL) {
    held = calloc(1, sizeof *held);
    if (held == NULL) return NULL;
    if (pthread_setspecific(workspace_key, held) != 0) {
      free(held);
      return NULL;
    }
  }
  if (held->bytes < bytes) {
    free(held->memory);
    held->memory = tw_allocate(bytes);
    held->bytes = held->memory == NULL ? 0 : bytes;
  }
  return held->memory;
}
