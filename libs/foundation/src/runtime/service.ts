/** Something with a life: started once, stopped once. Both may be called twice. */
export interface Service {
  /** Resolves when the service does its work. */
  start(): Promise<void>;
  /** Resolves when nothing of the service is left running. */
  stop(): Promise<void>;
}

/**
 * Starts services in order and stops them in reverse; a failed start stops what had started. A service that fails to
 * stop does not keep the others: their errors are thrown together at the end.
 */
export class ServiceGroup implements Service {
  readonly #services: readonly Service[];
  #started: Service[] = [];

  constructor(services: readonly Service[]) {
    this.#services = services;
  }

  async start(): Promise<void> {
    if (this.#started.length > 0) return;
    try {
      for (const service of this.#services) {
        await service.start();
        this.#started.push(service);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const stopping = this.#started.reverse();
    this.#started = [];
    const errors: unknown[] = [];
    for (const service of stopping) {
      try {
        await service.stop();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0)
      throw new AggregateError(errors, 'not every service has stopped cleanly');
  }
}
