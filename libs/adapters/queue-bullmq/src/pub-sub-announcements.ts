import type { Redis } from 'ioredis';
import { CHANNELS } from '#contracts';
import type { Announcements, Announcer } from '#domain';
import type { Logger, Service } from '#foundation';
import { openRedis } from './connection.ts';

/** What announcements are opened with. */
export interface AnnouncementsOptions {
  readonly redisUrl: string;
  readonly logger: Logger;
}

type Channel = (typeof CHANNELS)[keyof typeof CHANNELS];

/**
 * Hints over Redis pub/sub. Announcements of one turn of the event loop become one message. After a reconnect every
 * listener is called once, because messages may have been lost meanwhile.
 */
export class PubSubAnnouncements implements Announcer, Announcements, Service {
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #listeners = new Map<Channel, Set<() => void>>(
    Object.values(CHANNELS).map((channel) => [channel, new Set()]),
  );
  readonly #due = new Set<Channel>();

  constructor({ redisUrl, logger }: AnnouncementsOptions) {
    this.#publisher = openRedis(redisUrl, logger, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
    });
    this.#subscriber = openRedis(redisUrl, logger, { autoResubscribe: false });
    this.#subscriber.on('message', (channel) => this.#hear(channel as Channel));
    this.#subscriber.on('ready', () => void this.#subscribe());
  }

  async start(): Promise<void> {
    if (this.#publisher.status === 'wait') await this.#publisher.connect();
    if (this.#subscriber.status === 'wait') await this.#subscriber.connect();
    await this.#subscribe();
  }

  stop(): Promise<void> {
    this.#publisher.disconnect();
    this.#subscriber.disconnect();
    return Promise.resolve();
  }

  announceEvents(): void {
    this.#announce(CHANNELS.events);
  }

  announceCommand(): void {
    this.#announce(CHANNELS.commands);
  }

  onEvents(hear: () => void): () => void {
    return this.#listen(CHANNELS.events, hear);
  }

  onCommand(hear: () => void): () => void {
    return this.#listen(CHANNELS.commands, hear);
  }

  #announce(channel: Channel): void {
    if (this.#due.has(channel)) return;
    this.#due.add(channel);
    setImmediate(() => {
      this.#due.delete(channel);
      // A lost hint costs time only: everyone polls as well.
      this.#publisher.publish(channel, '').catch(() => undefined);
    });
  }

  #listen(channel: Channel, hear: () => void): () => void {
    const listeners = this.#listeners.get(channel);
    listeners?.add(hear);
    return () => void listeners?.delete(hear);
  }

  #hear(channel: Channel): void {
    for (const hear of this.#listeners.get(channel) ?? []) hear();
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#subscriber.subscribe(...Object.values(CHANNELS));
      for (const channel of this.#listeners.keys()) this.#hear(channel);
    } catch {
      // The next `ready` subscribes again.
    }
  }
}
