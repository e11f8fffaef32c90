// The process-wide thread pool.
//
// One job runs at a time; a second submitter (another thread, or a chunk that submits) runs its own chunks inline. The
// submitter opens a gate (an open bit and a count of the workers inside), takes chunks itself, closes the gate and waits
// until the count is zero. A worker that wakes late finds the gate closed and goes back to sleep, so nobody ever waits
// for a sleeper. The job's plain fields are written only while the gate is closed and empty, read only by threads inside
// it; entering is a compare-and-swap that acquires the submitter's release.
#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "Internal.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#endif

#define GATE_OPEN 0x80000000u
#define SPIN_NANOSECONDS 30000
#define STACK_BYTES ((size_t)8 << 20)

/// The next chunk of one thread's share, in cache lines of its own.
typedef struct {
  _Alignas(128) _Atomic int64_t next;
} share;

struct tw_pool {
  // Each group that different threads write has cache lines of its own.
  _Alignas(128) _Atomic uint32_t epoch; // grows by one a job; workers sleep on it
  _Alignas(128) _Atomic uint32_t gate;
  _Atomic uint32_t submitter_waits;
  _Alignas(128) _Atomic int32_t sleepers;
  _Alignas(128) _Atomic bool busy;
  tw_chunk_function function;
  void *context;
  share *shares; // by slot
  int64_t chunks;
  int32_t threads;
  int32_t workers;
  _Atomic bool forked; // set in a child process, which has no workers
};

// MARK: Waiting

#if defined(__linux__)

static void wait_for_change(_Atomic uint32_t *word, uint32_t expected) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

static void wake(_Atomic uint32_t *word, int count) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

#else

static pthread_mutex_t wait_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wait_condition = PTHREAD_COND_INITIALIZER;

static void wait_for_change(_Atomic uint32_t *word, uint32_t expected) {
  pthread_mutex_lock(&wait_mutex);
  while (atomic_load(word) == expected) pthread_cond_wait(&wait_condition, &wait_mutex);
  pthread_mutex_unlock(&wait_mutex);
}

static void wake(_Atomic uint32_t *word, int count) {
  (void)word;
  (void)count;
  pthread_mutex_lock(&wait_mutex);
  pthread_cond_broadcast(&wait_condition);
  pthread_mutex_unlock(&wait_mutex);
}

#endif

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// Spins while the word keeps its value, for SPIN_NANOSECONDS at most; returns the value last seen.
static uint32_t spin(_Atomic uint32_t *word, uint32_t value) {
  int64_t start = 0;
  for (int round = 0;; round++) {
    uint32_t seen = atomic_load_explicit(word, memory_order_acquire);
    if (seen != value) return seen;
    pause_briefly();
    if (round % 64 == 63) {
      int64_t now = nanoseconds();
      if (start == 0) start = now;
      if (now - start > SPIN_NANOSECONDS) return value;
    }
  }
}

// MARK: Running

/// A thread takes its own share of the chunks first, then what others have left of theirs: work on the same data falls to
/// the same processor, whose caches hold it. Processors may have no cache in common.
static void take_chunks(tw_pool *pool, int32_t slot) {
  int64_t chunks = pool->chunks, threads = pool->threads;
  for (int64_t turn = 0; turn < threads; turn++) {
    int64_t owner = (slot + turn) % threads, end = (owner + 1) * chunks / threads;
    _Atomic int64_t *next = &pool->shares[owner].next;
    while (atomic_load_explicit(next, memory_order_relaxed) < end) {
      int64_t chunk = atomic_fetch_add_explicit(next, 1, memory_order_relaxed);
      if (chunk >= end) break;
      pool->function(pool->context, chunk, slot);
    }
  }
}

static void visit(tw_pool *pool, int32_t slot) {
  uint32_t gate = atomic_load_explicit(&pool->gate, memory_order_relaxed);
  do {
    if (!(gate & GATE_OPEN)) return;
  } while (!atomic_compare_exchange_weak_explicit(&pool->gate, &gate, gate + 1, memory_order_acquire,
                                                  memory_order_relaxed));
  if (slot < pool->threads) take_chunks(pool, slot);
  if (atomic_fetch_sub(&pool->gate, 1) == 1 && atomic_load(&pool->submitter_waits)) wake(&pool->gate, 1);
}

typedef struct {
  tw_pool *pool;
  int32_t slot;
} worker_argument;

static void *work(void *pointer) {
  worker_argument argument = *(worker_argument *)pointer;
  free(pointer);
  tw_pool *pool = argument.pool;
  uint32_t seen = 0;
  for (;;) {
    if (spin(&pool->epoch, seen) == seen) {
      // Sequentially consistent against the submitter's bump of the epoch and look at the sleepers: one of the two
      // sees the other.
      atomic_fetch_add(&pool->sleepers, 1);
      while (atomic_load(&pool->epoch) == seen) wait_for_change(&pool->epoch, seen);
      atomic_fetch_sub(&pool->sleepers, 1);
    }
    seen = atomic_load(&pool->epoch);
    visit(pool, argument.slot);
  }
  return NULL;
}

static void run_inline(int64_t chunks, tw_chunk_function function, void *context) {
  for (int64_t chunk = 0; chunk < chunks; chunk++) function(context, chunk, 0);
}

void tw_parallel(tw_pool *pool, int32_t threads, int64_t chunks, tw_chunk_function function, void *context) {
  if (threads > chunks) threads = (int32_t)chunks;
  if (threads > pool->workers + 1) threads = pool->workers + 1;
  if (threads <= 1 || atomic_load_explicit(&pool->forked, memory_order_relaxed) ||
      atomic_load_explicit(&pool->busy, memory_order_relaxed) ||
      atomic_exchange_explicit(&pool->busy, true, memory_order_acquire)) {
    run_inline(chunks, function, context);
    return;
  }
  pool->function = function;
  pool->context = context;
  pool->chunks = chunks;
  pool->threads = threads;
  for (int64_t slot = 0; slot < threads; slot++) {
    atomic_store_explicit(&pool->shares[slot].next, slot * chunks / threads, memory_order_relaxed);
  }
  atomic_store_explicit(&pool->gate, GATE_OPEN, memory_order_release);
  atomic_fetch_add(&pool->epoch, 1);
  // With fewer threads than workers any sleeper may be one that has no part in this job, so all are woken.
  if (atomic_load(&pool->sleepers) > 0) wake(&pool->epoch, pool->workers);

  take_chunks(pool, 0);

  uint32_t gate = atomic_fetch_and(&pool->gate, ~GATE_OPEN) & ~GATE_OPEN;
  while (gate != 0) {
    uint32_t seen = spin(&pool->gate, gate);
    if (seen == gate) {
      atomic_store(&pool->submitter_waits, 1);
      seen = atomic_load(&pool->gate);
      if (seen != 0) wait_for_change(&pool->gate, seen);
      atomic_store(&pool->submitter_waits, 0);
      seen = atomic_load(&pool->gate);
    }
    gate = seen;
  }
  atomic_store_explicit(&pool->busy, false, memory_order_release);
}

// MARK: Making

int32_t tw_processor_count(void) {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    int count = CPU_COUNT(&set);
    if (count > 0) return count;
  }
#endif
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int32_t)online : 1;
}

int64_t tw_last_level_cache_bytes(void) {
  int64_t bytes = 0;
#if defined(_SC_LEVEL3_CACHE_SIZE)
  bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
#endif
  return bytes > 0 ? bytes : (int64_t)32 << 20;
}

static tw_pool shared;
static pthread_once_t shared_once = PTHREAD_ONCE_INIT;

static void after_fork_in_child(void) { atomic_store_explicit(&shared.forked, true, memory_order_relaxed); }

static bool start_worker(pthread_attr_t *attributes, int32_t slot) {
  worker_argument *argument = malloc(sizeof *argument);
  if (argument == NULL) return false;
  *argument = (worker_argument){&shared, slot};
  pthread_t thread;
  if (pthread_create(&thread, attributes, work, argument) != 0) {
    free(argument);
    return false;
  }
  return true;
}

static void make_shared(void) {
  pthread_atfork(NULL, NULL, after_fork_in_child);
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  // The workers inherit a full mask: a program's signal handlers run on its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int32_t wanted = tw_processor_count() - 1, made = 0;
  shared.shares = aligned_alloc(_Alignof(share), (size_t)(wanted + 1) * sizeof(share));
  while (shared.shares != NULL && made < wanted && start_worker(&attributes, made + 1)) made++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  shared.workers = made;
}

tw_pool *tw_shared_pool(void) {
  pthread_once(&shared_once, make_shared);
  return &shared;
}
