import { expect } from 'vitest';
import type { SignallingServer, SignallingServerOptions } from '#adapters/sip-transport';
import type { SipRequest } from '#protocol/sip';
import { allTablesEmpty, OFFER } from './signalling-world.ts';
import type { SignallingWorld } from './signalling-world.ts';
import type { PeerResponse, SipPeer } from './sip-peer.ts';
import type { Srf, SrfDialog } from './srf-client.ts';

/** A second description of the client. */
export const ANSWER_2 = OFFER.replace('o=- 7 1', 'o=- 7 2');

/** A call that is answered and acknowledged. */
export interface AnsweredCall {
  readonly server: SignallingServer;
  readonly srf: Srf;
  readonly peer: SipPeer;
  readonly invite: SipRequest;
  readonly dialog: SrfDialog;
  /** Why the dialog was destroyed, as drachtio-srf says; empty while it is not. */
  readonly endings: readonly string[];
}

/** Places a call from drachtio-srf to a scripted peer. */
export async function answeredCall(
  world: SignallingWorld,
  parts: {
    readonly answer?: PeerResponse;
    readonly transport?: 'udp' | 'tcp';
    readonly headers?: object;
    readonly options?: Partial<SignallingServerOptions>;
  } = {},
): Promise<AnsweredCall> {
  const { answer = {}, transport = 'udp', headers = {}, options = {} } = parts;
  const { server, srf, peer } = await world.setup({ transport, ...options });
  const calling = srf.createUAC(peer.uri, { localSdp: OFFER, headers: { ...headers } });
  const invite = await peer.request('INVITE');
  peer.respond(invite, 200, answer);
  const dialog = await calling;
  await peer.request('ACK');
  const endings: string[] = [];
  dialog.on('destroy', (_bye, reason) => endings.push(reason));
  return { server, srf, peer, invite, dialog, endings };
}

/** Hangs the call up from our side; nothing of it is left. */
export async function hangUp({ server, srf, peer, dialog }: AnsweredCall): Promise<void> {
  const ending = dialog.destroy();
  peer.respond(await peer.request('BYE'), 200);
  await ending;
  await allTablesEmpty(server);
  expect(srf.app.client.idle).toBe(true);
}
