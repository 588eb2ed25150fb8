import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  QueueUnreachableError,
  openJobs,
  openQueue,
  openQueueSurvey,
} from '#adapters/queue-bullmq';
import type { BullCallJobs, BullCallQueue } from '#adapters/queue-bullmq';
import { JOB_CATALOG } from '#contracts';
import type { DialJob } from '#domain';
import type { Service } from '#foundation';
import { AwaitedLogger } from '../support/awaited-logger.ts';
import { eventually } from '../support/eventually.ts';
import { RedisProcess } from '../support/redis-process.ts';
import { ids } from '../support/store-world.ts';

const redis = new RedisProcess();
let logger: AwaitedLogger;
let queue: BullCallQueue;
let opened: Service[];

afterAll(async () => {
  await redis.remove();
});

beforeEach(async () => {
  await redis.start();
  await onRedis((client) => client.flushall());
  logger = new AwaitedLogger();
  opened = [];
  queue = await opening(openQueue({ redisUrl: redis.url, logger }));
});

afterEach(async () => {
  await Promise.all(opened.map((service) => service.stop()));
});

async function opening<T extends Service>(service: T): Promise<T> {
  opened.push(service);
  await service.start();
  return service;
}

const startJobs = (concurrency = 4): Promise<BullCallJobs> =>
  opening(openJobs({ redisUrl: redis.url, concurrency, logger }));

async function onRedis<T>(use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(redis.url, { maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

/** Hands out the jobs that a consumer has been given, one after the other. */
class Taken {
  readonly jobs: DialJob[] = [];
  readonly #waiting: (() => void)[] = [];

  readonly handle = (job: DialJob): Promise<void> => {
    this.jobs.push(job);
    this.#waiting.splice(0).forEach((wake) => wake());
    return Promise.resolve();
  };

  async count(wanted: number): Promise<void> {
    while (this.jobs.length < wanted) {
      await new Promise<void>((wake) => {
        this.#waiting.push(wake);
      });
    }
  }
}

const newJob = (epoch = 0): DialJob => ({ callId: ids.callId(), epoch });
const byEpoch = (left: DialJob, right: DialJob): number => left.epoch - right.epoch;

describe('a job', () => {
  it('comes to a worker as it was added', async () => {
    const [job, taken, jobs] = [newJob(3), new Taken(), await startJobs()];
    jobs.consume(taken.handle);

    await queue.enqueueDial(job);
    await taken.count(1);

    expect(taken.jobs).toEqual([job]);
  });

  it('added five times for one epoch is taken once; another epoch is another job', async () => {
    const [job, last, taken] = [newJob(0), newJob(9), new Taken()];
    await Promise.all(Array.from({ length: 5 }, () => queue.enqueueDial(job)));
    await queue.enqueueDial({ ...job, epoch: 1 });
    await queue.enqueueDial(last);
    (await startJobs(1)).consume(taken.handle);

    await taken.count(3);

    expect(taken.jobs.sort(byEpoch)).toEqual([job, { ...job, epoch: 1 }, last]);
  });

  it('is taken in the order of priority: what has lost its node first, then the highest', async () => {
    const [low, high, middle, first] = [newJob(1), newJob(2), newJob(3), newJob(4)];
    const [last, taken] = [newJob(5), new Taken()];
    await queue.enqueueDial({ ...low, priority: 0 });
    await queue.enqueueDial({ ...high, priority: 9 });
    await queue.enqueueDial({ ...middle, priority: 4 });
    await queue.enqueueDial(first);
    await queue.enqueueDial({ ...last, priority: 0 });
    (await startJobs(1)).consume(taken.handle);

    await taken.count(5);

    expect(taken.jobs).toEqual([first, high, middle, low, last]);
  });

  it('that is done can be added again under its id', async () => {
    const [job, taken, jobs] = [newJob(), new Taken(), await startJobs()];
    jobs.consume(taken.handle);
    await queue.enqueueDial(job);
    await taken.count(1);

    while (taken.jobs.length < 2) await queue.enqueueDial(job);

    expect(taken.jobs.slice(0, 2)).toEqual([job, job]);
  });

  it('is given back by a handler that throws, three times in all, and is then gone', async () => {
    const [job, jobs, attempts] = [newJob(), await startJobs(), [] as DialJob[]];
    jobs.consume((taken) => {
      attempts.push(taken);
      return Promise.reject(new Error('no room'));
    });

    await queue.enqueueDial(job);
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(await logger.next('queue.job_failed')).toMatchObject({ attempt, reason: 'no room' });
    }

    expect(attempts).toEqual([job, job, job]);
    const keys = await onRedis((client) => client.keys(`*${job.callId}*`));
    expect(keys).toEqual([]);
  });

  it('that cannot be read is reported and dropped, and nobody is asked to handle it', async () => {
    const [taken, jobs] = [new Taken(), await startJobs()];
    const foreign = new Queue('calls', {
      connection: { url: redis.url },
      prefix: '{callcast}',
      defaultJobOptions: { removeOnFail: true, attempts: 3 },
    });
    const reported = logger.next('queue.job_unreadable');
    const failed = logger.next('queue.job_failed');
    jobs.consume(taken.handle);

    await foreign.add('dial', { callId: 'call_nonsense', epoch: -1, extra: true });

    const { problems } = await reported;
    expect((problems as string[]).map((problem) => problem.split(':')[0])).toEqual([
      'callId',
      'epoch',
      '',
    ]);
    expect(await failed).toMatchObject({ attempt: 1 });
    expect(taken.jobs).toEqual([]);
    await foreign.close();
  });

  it('that nobody may write is refused before it is added', async () => {
    const job = { ...newJob(), epoch: -1 };

    await expect(queue.enqueueDial(job)).rejects.toThrow(/epoch/);
  });

  it('of a killed worker comes to another one within 8 s', async () => {
    const [job, taken, jobs] = [newJob(), new Taken(), await startJobs()];
    const killed = new Worker('calls', null, {
      connection: { url: redis.url, maxRetriesPerRequest: null },
      prefix: '{callcast}',
      lockDuration: 5_000,
    });
    await queue.enqueueDial(job);
    await killed.getNextJob('token of the dead');
    const started = performance.now();
    await killed.disconnect();

    jobs.consume(taken.handle);
    await taken.count(1);

    const seconds = (performance.now() - started) / 1000;
    console.log(`job of a killed worker taken after ${seconds.toFixed(1)} s`);
    expect(taken.jobs).toEqual([job]);
    expect(seconds).toBeLessThan(8);
    await killed.close(true);
  });
});

describe('a paused consumer', () => {
  it('leaves jobs to others, also the one it was waiting for, and takes again when resumed', async () => {
    const [full, free] = [new Taken(), new Taken()];
    const [fullJobs, freeJobs] = [await startJobs(), await startJobs()];
    fullJobs.consume(full.handle);
    await queue.enqueueDial(newJob(0));
    await full.count(1);
    await fullJobs.pause();
    const [second, third] = [newJob(2), newJob(3)];

    await queue.enqueueDial(second);
    freeJobs.consume(free.handle);
    await free.count(1);
    await freeJobs.pause();
    await queue.enqueueDial(third);
    fullJobs.resume();
    await full.count(2);

    expect(free.jobs).toEqual([second]);
    expect(full.jobs.slice(1)).toEqual([third]);
  });

  it('that is told to pause and to resume at random loses no job and takes none twice', async () => {
    const [taken, jobs] = [new Taken(), await startJobs()];
    const wanted = Array.from({ length: 40 }, (_, epoch) => newJob(epoch));
    jobs.consume(taken.handle);

    for (const job of wanted) {
      await queue.enqueueDial(job);
      void jobs.pause();
      if (job.epoch % 3 === 0) jobs.resume();
    }
    jobs.resume();
    await taken.count(wanted.length);

    expect(taken.jobs.sort(byEpoch)).toEqual(wanted);
  });

  it('before its first job takes nothing until it is resumed', async () => {
    const [job, taken, other, jobs] = [newJob(), new Taken(), new Taken(), await startJobs()];
    await jobs.pause();
    jobs.consume(taken.handle);
    await queue.enqueueDial(job);
    const witness = await startJobs();
    witness.consume(other.handle);
    await other.count(1);
    await witness.pause();

    await queue.enqueueDial({ ...job, epoch: 1 });
    jobs.resume();
    await taken.count(1);

    expect(taken.jobs).toEqual([{ ...job, epoch: 1 }]);
  });
});

describe('without Redis', () => {
  const millisOf = async (work: () => Promise<unknown>): Promise<number> => {
    const started = performance.now();
    await expect(work()).rejects.toThrow(QueueUnreachableError);
    return performance.now() - started;
  };

  it('an add fails at once, and all works again when Redis is back', async () => {
    const [job, taken, jobs] = [newJob(), new Taken(), await startJobs()];
    jobs.consume(taken.handle);
    const lost = logger.next('queue.connection_lost');
    await redis.kill();
    await lost;

    expect(await millisOf(() => queue.enqueueDial(job))).toBeLessThan(2_000);
    expect(await millisOf(() => queue.ping())).toBeLessThan(2_000);

    await redis.start();
    await eventually(() => queue.ping());
    await queue.enqueueDial(job);
    await taken.count(1);
    expect(taken.jobs).toEqual([job]);
  });

  it('that says nothing, an add fails within 2 s', async () => {
    redis.freeze();

    const millis = await millisOf(() => queue.enqueueDial(newJob()));

    redis.thaw();
    expect(millis).toBeGreaterThan(1_000);
    expect(millis).toBeLessThan(2_100);
  });

  it.each(['noticed', 'not noticed yet'])('stopping does not hang (%s)', async (state) => {
    const jobs = await startJobs();
    jobs.consume(() => Promise.resolve());
    const lost = logger.next('queue.connection_lost');
    await redis.kill();
    if (state === 'noticed') await lost;

    const started = performance.now();
    await Promise.all([queue.stop(), jobs.stop()]);

    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('that says nothing, stopping gives up within 8 s', async () => {
    const jobs = await startJobs();
    jobs.consume(() => Promise.resolve());
    redis.freeze();
    const started = performance.now();

    await Promise.all([queue.stop(), jobs.stop()]);

    redis.thaw();
    expect(performance.now() - started).toBeLessThan(8_000);
  });

  it('that comes late, starting waits for it', async () => {
    await redis.kill();
    const starting = startJobs();
    await logger.next('queue.connection_lost');

    await redis.start();

    await starting;
  });
});

describe('a Redis that throws keys away', () => {
  it('is refused by both sides', async () => {
    await onRedis((client) => client.config('SET', 'maxmemory-policy', 'allkeys-lru'));

    const refusals = await Promise.allSettled([
      openQueue({ redisUrl: redis.url, logger }).start(),
      openJobs({ redisUrl: redis.url, concurrency: 1, logger }).start(),
    ]);

    const refusal = {
      status: 'rejected',
      reason: {
        code: 'CONFIG_INVALID',
        detail: expect.stringContaining('allkeys-lru') as string,
      },
    };
    expect(refusals).toMatchObject([refusal, refusal]);
    await onRedis((client) => client.config('SET', 'maxmemory-policy', 'noeviction'));
  });
});

describe('start and stop', () => {
  it('may both be called twice', async () => {
    const jobs = await startJobs();

    await Promise.all([queue.start(), jobs.start()]);
    await Promise.all([queue.stop(), jobs.stop()]);
    await Promise.all([queue.stop(), jobs.stop()]);

    await expect(queue.enqueueDial(newJob())).rejects.toThrow(QueueUnreachableError);
  });
});

describe('the survey of queues', () => {
  it('tells of every queue of the catalog what waits, since when, and what was given up', async () => {
    const survey = await opening(openQueueSurvey({ redisUrl: redis.url, logger }));
    const jobs = await startJobs(1);
    await jobs.pause();
    for (let count = 0; count < 3; count += 1) {
      await queue.enqueueDial({ callId: ids.callId(), epoch: 0 });
    }
    const raw = new Queue(JOB_CATALOG.dial.queue, {
      connection: { url: redis.url },
      prefix: '{callcast}',
    });
    await raw.add('dial', { callId: 'unreadable' }, { priority: 9, removeOnFail: true });

    const before = await survey.survey();
    const failed = logger.next('queue.job_failed');
    let left = 3;
    const isDone = new Promise<void>((resolve) => {
      jobs.consume(() => {
        left -= 1;
        if (left === 0) resolve();
        return Promise.resolve();
      });
    });
    jobs.resume();
    await isDone;
    await failed;
    await raw.close();

    expect(before.map(({ queue: name }) => name).sort()).toEqual(
      [...new Set(Object.values(JOB_CATALOG).map(({ queue: name }) => name))].sort(),
    );
    const dial = { store: 'redis', queue: JOB_CATALOG.dial.queue, active: 0, delayed: 0 };
    expect(before[0]).toMatchObject({ ...dial, waiting: 4, failed: 0 });
    const [after] = await survey.survey();
    expect(after).toMatchObject({ ...dial, waiting: 0, failed: 1, oldestSeconds: 0 });
  });

  it('fails soon while Redis is away', async () => {
    const survey = await opening(openQueueSurvey({ redisUrl: redis.url, logger }));
    await survey.survey();
    await redis.kill();

    await expect(survey.survey()).rejects.toThrow(QueueUnreachableError);
  });
});
