#include "gradcheck/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

/* The caller's code runs on these threads as it does on the first one, which commonly has 8 MiB. */
#define STACK_BYTES ((size_t)8 << 20)

typedef struct worker {
  clino__pool *pool;
  size_t number;               /* from 1 on */
  pthread_t thread;
} worker;

struct clino__pool {
  pthread_mutex_t lock;
  pthread_cond_t to_do, done;  /* a job may be begun; one has ended */
  worker *workers;
  size_t n_workers;
  bool quit;
  clino__work work;            /* the rest is about it */
  size_t next, end;            /* the job to begin next, and where to stop */
  size_t taken, limit;         /* the job to take next, and up to where jobs may be begun */
  size_t running;
  bool ended[CLINO__POOL_AHEAD];
};

/* ---- under the lock ---- */

static bool can_begin(const clino__pool *p) { return p->next < p->end && p->next < p->limit; }

/* Lets go of the lock while it works. */
static void do_one(clino__pool *p, size_t number) {
  size_t i = p->next++;
  p->running++;
  pthread_mutex_unlock(&p->lock);
  int stop = p->work.job(number, i, p->work.ctx);
  pthread_mutex_lock(&p->lock);
  p->running--;
  p->ended[i % CLINO__POOL_AHEAD] = true;
  if (stop && p->end > p->next) p->end = p->next; /* all before it have been begun */
  if (i == p->taken || !p->running) pthread_cond_signal(&p->done);
}

static void set_limit(clino__pool *p) {
  size_t ahead = p->work.may ? p->work.may(p->work.ctx) : CLINO__POOL_AHEAD;
  p->limit = p->taken + (ahead < CLINO__POOL_AHEAD ? ahead : CLINO__POOL_AHEAD);
  if (can_begin(p)) pthread_cond_broadcast(&p->to_do);
}

/* Also without the lock while the result is taken. */
static int take_one(clino__pool *p, bool ran) {
  size_t i = p->taken;
  p->ended[i % CLINO__POOL_AHEAD] = false;
  pthread_mutex_unlock(&p->lock);
  int stop = p->work.take(i, ran, p->work.ctx);
  pthread_mutex_lock(&p->lock);
  p->taken++;
  set_limit(p);
  return stop;
}

/* ---- threads ---- */

static void *serve(void *arg) {
  const worker *w = arg;
  clino__pool *p = w->pool;
  pthread_mutex_lock(&p->lock);
  while (!p->quit) {
    if (w->number < p->work.workers && can_begin(p)) do_one(p, w->number);
    else pthread_cond_wait(&p->to_do, &p->lock);
  }
  pthread_mutex_unlock(&p->lock);
  return NULL;
}

/* Signals are for the threads of the program. */
static void start(clino__pool *p, size_t threads) {
  pthread_attr_t attributes;
  sigset_t all, before;
  size_t stack;
  if (pthread_attr_init(&attributes)) return;
  if (!pthread_attr_getstacksize(&attributes, &stack) && stack < STACK_BYTES)
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
  sigfillset(&all);
  bool blocked = !pthread_sigmask(SIG_SETMASK, &all, &before);
  while (p->n_workers < threads) {
    worker *w = &p->workers[p->n_workers];
    *w = (worker){.pool = p, .number = p->n_workers + 1};
    if (pthread_create(&w->thread, &attributes, serve, w)) break;
    p->n_workers++;
  }
  if (blocked) pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
}

/* The three of them; false, with nothing left behind, where the system has no more. */
static bool make_locks(clino__pool *p) {
  if (pthread_mutex_init(&p->lock, NULL)) return false;
  if (!pthread_cond_init(&p->to_do, NULL)) {
    if (!pthread_cond_init(&p->done, NULL)) return true;
    pthread_cond_destroy(&p->to_do);
  }
  pthread_mutex_destroy(&p->lock);
  return false;
}

clino__pool *clino__pool_new(size_t threads) {
  clino__pool *p = calloc(1, sizeof *p);
  worker *workers = calloc(threads + 1, sizeof *workers);
  if (!p || !workers || !make_locks(p)) {
    free(p);
    free(workers);
    return NULL;
  }
  p->workers = workers;
  start(p, threads);
  return p;
}

void clino__pool_free(clino__pool *p) {
  if (!p) return;
  pthread_mutex_lock(&p->lock);
  p->quit = true;
  pthread_cond_broadcast(&p->to_do);
  pthread_mutex_unlock(&p->lock);
  for (size_t i = 0; i < p->n_workers; i++) pthread_join(p->workers[i].thread, NULL);
  pthread_cond_destroy(&p->to_do);
  pthread_cond_destroy(&p->done);
  pthread_mutex_destroy(&p->lock);
  free(p->workers);
  free(p);
}

/* ---- work ---- */

void clino__pool_run(clino__pool *p, const clino__work *work) {
  int stop = 0;
  pthread_mutex_lock(&p->lock);
  p->work = *work;
  p->next = p->taken = 0;
  p->end = work->count;
  set_limit(p);
  while (!stop && p->taken < p->end) {
    if (p->ended[p->taken % CLINO__POOL_AHEAD]) stop = take_one(p, true);
    else if (can_begin(p)) do_one(p, 0);
    else if (p->taken < p->next) pthread_cond_wait(&p->done, &p->lock);
    else p->next++, stop = take_one(p, false);
  }
  p->end = p->next; /* where the end is early, nothing new is begun */
  while (p->running) pthread_cond_wait(&p->done, &p->lock);
  for (size_t i = 0; i < CLINO__POOL_AHEAD; i++) p->ended[i] = false;
  p->next = p->end = 0;
  pthread_mutex_unlock(&p->lock);
}
