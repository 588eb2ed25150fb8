import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { invariant } from '#foundation';

/** srf keeps its first socket to itself; Node announces every client socket that is made. */
export function captureSocket(connect: () => void): Socket {
  const channel = 'net.client.socket';
  let captured: Socket | undefined;
  const listen = (message: unknown): void => {
    const socket = (message as { readonly socket?: unknown }).socket;
    if (socket instanceof Socket) captured = socket;
  };
  subscribe(channel, listen);
  try {
    connect();
  } finally {
    unsubscribe(channel, listen);
  }
  invariant(captured !== undefined, 'the control socket was not announced');
  return captured;
}

/** Puts a catch around the listeners that an emitter has now. */
export function fenceListeners(
  emitter: EventEmitter,
  event: string,
  onError: (error: unknown) => void,
): void {
  const listeners = emitter.listeners(event);
  invariant(listeners.length > 0, `srf does not listen to ${event}`);
  emitter.removeAllListeners(event);
  emitter.on(event, (...parts: unknown[]) => {
    for (const listener of listeners) {
      try {
        Reflect.apply(listener, emitter, parts);
      } catch (error) {
        onError(error);
      }
    }
  });
}
