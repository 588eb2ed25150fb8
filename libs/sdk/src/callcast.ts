import { Transport } from './http/transport.ts';
import type { CallcastOptions } from './http/transport.ts';
import { Routes } from './openapi/routes.ts';
import { realWorld } from './world.ts';
import type { World } from './world.ts';

/**
 * A client of one Callcast:
 *
 * ```ts
 * const callcast = new Callcast({ url: 'https://callcast.example.com', apiKey });
 * const call = await callcast.calls.create({ to: 'sip:room@sip.example.com', outputs: [{ url, streamKey }] });
 * ```
 *
 * What fails and may pass is tried again, by itself and without being done twice: every POST has an Idempotency-Key.
 */
export class Callcast extends Routes {
  /**
   * @param world For tests. Default: the machine.
   * @throws TypeError when the URL cannot be the address of an API.
   */
  constructor(options: CallcastOptions, world: World = realWorld) {
    super(new Transport(options, world));
  }
}
