import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { CallId, FiguresReceiver, LiveFigures } from '#domain';
import type { Timer, Timers } from '#foundation';
import { TOKENS } from '../tokens.ts';

/** Figures that nobody has renewed are forgotten after one to two of these. */
const TURN_MS = 2_500;
/** More live calls than any installation has. */
const MAX_CALLS = 50_000;

type Hear = (figures: readonly LiveFigures[]) => void;

/** The newest figures of each live call, as its node tells them once a second; none is older than 5 s. */
@Injectable()
export class FiguresBoard implements OnApplicationBootstrap, OnModuleDestroy {
  #young = new Map<CallId, LiveFigures>();
  #old = new Map<CallId, LiveFigures>();
  readonly #hearers = new Set<Hear>();
  #leave: (() => void) | undefined;
  #turn: Timer | undefined;

  constructor(
    @Inject(TOKENS.figures) private readonly receiver: FiguresReceiver,
    @Inject(TOKENS.timers) private readonly timers: Timers,
  ) {}

  onApplicationBootstrap(): void {
    this.#leave = this.receiver.onFigures((figures) => this.#take(figures));
    this.#turn = this.timers.every(TURN_MS, () => {
      this.#old = this.#young;
      this.#young = new Map();
    });
  }

  onModuleDestroy(): void {
    this.#leave?.();
    this.#turn?.cancel();
  }

  /** The newest figures of a call; undefined if none have come lately. */
  find(id: CallId): LiveFigures | undefined {
    return this.#young.get(id) ?? this.#old.get(id);
  }

  /** Hears figures as they come. @returns What ends it. */
  onFigures(hear: Hear): () => void {
    this.#hearers.add(hear);
    return () => void this.#hearers.delete(hear);
  }

  #take(figures: readonly LiveFigures[]): void {
    const taken = figures.filter((one) => this.#keep(one));
    if (taken.length > 0) for (const hear of this.#hearers) hear(taken);
  }

  /** A node that has lost a call without knowing it may still tell of it: the later owner is believed. */
  #keep(figures: LiveFigures): boolean {
    const { callId, epoch } = figures;
    if (epoch < (this.find(callId)?.epoch ?? 0)) return false;
    if (this.#young.size >= MAX_CALLS && !this.#young.has(callId)) return false;
    this.#young.set(callId, figures);
    return true;
  }
}
