import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAnnouncements, openRateWindows } from '#adapters/queue-bullmq';
import type { RedisAnnouncements } from '#adapters/queue-bullmq';
import { CHANNELS } from '#contracts';
import { silentLogger } from '#foundation';
import { RedisProcess } from '../support/redis-process.ts';

const redis = new RedisProcess();
let speaker: RedisAnnouncements;
let hearer: RedisAnnouncements;

beforeAll(async () => {
  await redis.start();
});

afterAll(async () => {
  await redis.remove();
});

beforeEach(async () => {
  speaker = openAnnouncements({ redisUrl: redis.url, logger: silentLogger });
  hearer = openAnnouncements({ redisUrl: redis.url, logger: silentLogger });
  await Promise.all([speaker.start(), hearer.start()]);
});

afterEach(async () => {
  await Promise.all([speaker.stop(), hearer.stop()]);
});

const heardEvents = (): Promise<void> =>
  new Promise((resolve) => {
    const leave = hearer.onEvents(() => {
      leave();
      resolve();
    });
  });

const heardCommand = (): Promise<void> =>
  new Promise((resolve) => {
    const leave = hearer.onCommand(() => {
      leave();
      resolve();
    });
  });

describe('an announcement', () => {
  it('is heard by other processes, each kind by its own hearers', async () => {
    let eventCount = 0;
    hearer.onEvents(() => eventCount++);
    const command = heardCommand();

    speaker.announceCommand();
    await command;

    expect(eventCount).toBe(0);
    const events = heardEvents();
    speaker.announceEvents();
    await events;
    expect(eventCount).toBe(1);
  });

  it('made a hundred times in one tick is one message', async () => {
    const messages: string[] = [];
    const witness = new Redis(redis.url);
    await witness.subscribe(...Object.values(CHANNELS));
    const both = new Promise<void>((resolve) => {
      witness.on('message', (channel: string) => {
        messages.push(channel);
        if (channel === CHANNELS.commands) resolve();
      });
    });

    for (let count = 0; count < 100; count++) speaker.announceEvents();
    speaker.announceCommand();
    await both;

    expect(messages).toEqual([CHANNELS.events, CHANNELS.commands]);
    witness.disconnect();
  });

  it('is not heard by one who has left', async () => {
    let count = 0;
    const leave = hearer.onEvents(() => count++);
    leave();
    const heard = heardEvents();

    speaker.announceEvents();
    await heard;

    expect(count).toBe(0);
  });
});

describe('a cut connection', () => {
  it('tells all hearers once when it is back, and then hears again', async () => {
    let count = 0;
    hearer.onEvents(() => count++);
    const admin = new Redis(redis.url);
    const [events, command] = [heardEvents(), heardCommand()];

    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await Promise.all([events, command]);
    const again = heardEvents();
    speaker.announceEvents();
    await again;

    expect(count).toBe(2);
    admin.disconnect();
  });

  it('survives a restart of Redis', async () => {
    const back = heardEvents();
    await redis.kill();
    speaker.announceEvents();

    await redis.start();
    await back;

    // The speaker may come back later than the hearer: a hint may be lost, the next one is not.
    let isHeard = false;
    const heard = heardEvents().then(() => (isHeard = true));
    const announce = (): void => {
      if (isHeard) return;
      speaker.announceEvents();
      setImmediate(announce);
    };
    announce();
    await heard;
  });
});

describe('the counts of requests', () => {
  it('are those of all processes, and are forgotten', async () => {
    const options = { redisUrl: redis.url, logger: silentLogger };
    const [one, two] = [openRateWindows(options), openRateWindows(options)];
    const look = new Redis(redis.url);
    try {
      await Promise.all([one.start(), two.start()]);

      const added = [one, two, one, two].map((process) => process.add('key:a:1:7', 3, 60_000));

      expect((await Promise.all(added)).sort((a, b) => a - b)).toEqual([3, 6, 9, 12]);
      expect(await one.add('key:b:1:7', 1, 60_000)).toBe(1);
      expect(await look.pttl('callcast:rate:key:a:1:7')).toBeGreaterThan(0);
    } finally {
      await Promise.all([one.stop(), two.stop(), look.quit()]);
    }
  });

  it('are not waited for while Redis is away', async () => {
    const rates = openRateWindows({ redisUrl: redis.url, logger: silentLogger });

    await expect(rates.add('key:a:1:8', 1, 60_000)).rejects.toThrow('away');
  });
});
