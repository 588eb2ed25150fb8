import type { FiguresReceiver, FiguresSender, LiveFigures } from '#domain';
import { FIGURES_CHANNEL, figuresMessages, readFiguresMessage } from '#contracts';
import type { Service } from '#foundation';
import type { QueueOptions } from './job-sender.ts';
import { IMPATIENT, RedisLink } from './redis-link.ts';

/**
 * Tells the figures of a node's calls over Redis pub/sub. What cannot be sent now is dropped: in a second there are
 * newer ones. Of a Redis that takes long, no more than one second's figures wait.
 */
export class RedisFiguresSender implements FiguresSender, Service {
  readonly #link: RedisLink;
  #underWay = 0;

  constructor(options: QueueOptions) {
    this.#link = new RedisLink({ ...options, purpose: 'figures', redis: IMPATIENT });
  }

  get isReady(): boolean {
    return this.#link.isReady && this.#underWay === 0;
  }

  /** @throws QueueUnreachableError when Redis is not ready within 10 s. */
  async start(): Promise<void> {
    await this.#link.open();
  }

  async stop(): Promise<void> {
    await this.#link.close();
  }

  send(figures: readonly LiveFigures[]): void {
    if (!this.isReady) return;
    for (const message of figuresMessages(figures)) void this.#publish(message);
  }

  async #publish(message: string): Promise<void> {
    this.#underWay++;
    try {
      await this.#link.redis.publish(FIGURES_CHANNEL, message);
    } catch {
      // The link has told of the outage.
    } finally {
      this.#underWay--;
    }
  }
}

/** Hears the figures of all nodes over Redis pub/sub. */
export class RedisFiguresReceiver implements FiguresReceiver, Service {
  readonly #link: RedisLink;
  readonly #options: QueueOptions;
  readonly #hearers = new Set<(figures: readonly LiveFigures[]) => void>();

  constructor(options: QueueOptions) {
    this.#options = options;
    // Subscribed again by the client itself: what was missed is not asked for.
    this.#link = new RedisLink({
      ...options,
      purpose: 'figures',
      redis: { maxRetriesPerRequest: null },
    });
  }

  /** @throws QueueUnreachableError when Redis is not ready within 10 s. */
  async start(): Promise<void> {
    await this.#link.open();
    this.#link.redis.on('message', (_channel: string, text: string) => this.#tell(text));
    await this.#link.redis.subscribe(FIGURES_CHANNEL);
  }

  async stop(): Promise<void> {
    await this.#link.close();
  }

  onFigures(hear: (figures: readonly LiveFigures[]) => void): () => void {
    this.#hearers.add(hear);
    return () => void this.#hearers.delete(hear);
  }

  #tell(text: string): void {
    const figures = readFiguresMessage(text);
    if (figures === undefined) this.#options.logger.debug('figures.unreadable');
    else if (figures.length > 0) for (const hear of this.#hearers) hear(figures);
  }
}

/** Opens what tells figures; nothing is connected before start(). */
export const openFiguresSender = (options: QueueOptions): RedisFiguresSender =>
  new RedisFiguresSender(options);

/** Opens what hears them; nothing is connected before start(). */
export const openFiguresReceiver = (options: QueueOptions): RedisFiguresReceiver =>
  new RedisFiguresReceiver(options);
