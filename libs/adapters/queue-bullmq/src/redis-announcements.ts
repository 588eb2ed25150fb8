import type { Announcements, Announcer } from '#domain';
import { CHANNELS } from '#contracts';
import { systemTimers } from '#foundation';
import type { Service, Timer } from '#foundation';
import type { QueueOptions } from './job-sender.ts';
import { IMPATIENT, RedisLink } from './redis-link.ts';

type Hear = () => void;

/** Messages of one process are so far apart. */
const PAUSE_MS = 20;

/** Hints between processes over Redis pub/sub. They carry nothing but their channel. */
export class RedisAnnouncements implements Announcer, Announcements, Service {
  readonly #publisher: RedisLink;
  readonly #subscriber: RedisLink;
  readonly #options: QueueOptions;
  readonly #hearers = new Map<string, Set<Hear>>(
    Object.values(CHANNELS).map((channel) => [channel, new Set<Hear>()]),
  );
  /** Channels that are to be told of. */
  readonly #due = new Set<string>();
  /** Runs from one telling to the next that may be. */
  #pause: Timer | undefined;
  #hasSubscribed = false;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#publisher = new RedisLink({ ...options, purpose: 'announcer', redis: IMPATIENT });
    this.#subscriber = new RedisLink({
      ...options,
      purpose: 'announcements',
      // Subscribed again by ourselves: only then is it known when messages may have been missed.
      redis: { maxRetriesPerRequest: null, autoResubscribe: false },
    });
  }

  /** @throws QueueUnreachableError when Redis is not ready within 10 s. */
  async start(): Promise<void> {
    if (this.#hasSubscribed) return;
    await this.#publisher.open();
    await this.#subscriber.open();
    await this.#subscribe();
    this.#subscriber.redis.on('message', (channel: string) => this.#tell(channel));
    this.#subscriber.redis.on('ready', () => void this.#comeBack());
  }

  async stop(): Promise<void> {
    this.#due.clear();
    this.#pause?.cancel();
    await Promise.all([this.#publisher.close(), this.#subscriber.close()]);
  }

  announceEvents(): void {
    this.#announce(CHANNELS.events);
  }

  announceCommand(): void {
    this.#announce(CHANNELS.commands);
  }

  onEvents(hear: Hear): () => void {
    return this.#listen(CHANNELS.events, hear);
  }

  onCommand(hear: Hear): () => void {
    return this.#listen(CHANNELS.commands, hear);
  }

  /** Many announcements of one tick are one message, and so are those of the 20 ms after a message. */
  #announce(channel: string): void {
    if (this.#due.size === 0 && this.#pause === undefined) setImmediate(() => this.#publish());
    this.#due.add(channel);
  }

  #publish(): void {
    if (this.#due.size === 0) return;
    this.#pause = systemTimers.after(PAUSE_MS, () => {
      this.#pause = undefined;
      this.#publish();
    });
    const channels = [...this.#due];
    this.#due.clear();
    for (const channel of channels) {
      // A hint may be lost: those who hear it also look by themselves.
      this.#publisher.redis.publish(channel, '').catch(() => undefined);
    }
  }

  #listen(channel: string, hear: Hear): () => void {
    const hearers = this.#hearers.get(channel);
    hearers?.add(hear);
    return () => void hearers?.delete(hear);
  }

  #tell(channel: string): void {
    for (const hear of this.#hearers.get(channel) ?? []) hear();
  }

  async #subscribe(): Promise<void> {
    await this.#subscriber.redis.subscribe(...Object.values(CHANNELS));
    this.#hasSubscribed = true;
  }

  /** After an outage everyone looks once: what was announced meanwhile is lost. */
  async #comeBack(): Promise<void> {
    try {
      await this.#subscribe();
      Object.values(CHANNELS).forEach((channel) => this.#tell(channel));
    } catch (error) {
      // The connection broke again; the next `ready` subscribes.
      this.#options.logger.debug('queue.subscribe_failed', { reason: String(error) });
    }
  }
}

/** Opens the announcements, both ways; nothing is connected before start(). */
export const openAnnouncements = (options: QueueOptions): RedisAnnouncements =>
  new RedisAnnouncements(options);
