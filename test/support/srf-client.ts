import { createRequire } from 'node:module';

/** A message as drachtio-srf shows it. */
export interface SrfMessage {
  readonly method: string;
  readonly status: number;
  readonly reason: string;
  readonly uri: string;
  readonly body: string;
  readonly protocol: string;
  readonly source_address: string;
  readonly source_port: number;
  get(name: string): string;
  has(name: string): boolean;
}

/** An incoming request. */
export interface SrfRequest extends SrfMessage {
  on(event: 'cancel', listener: () => void): void;
}

/** The response a handler gives. */
export interface SrfReply {
  send(
    status: number,
    options?: object,
    callback?: (refusal?: string | Error | null) => void,
  ): void;
}

/** A request of ours. */
export interface SrfOutgoing extends SrfMessage {
  cancel(options?: object, callback?: (error: Error | null) => void): void;
  on(event: 'response', listener: (response: SrfMessage) => void): void;
}

/** A dialog of drachtio-srf. */
export interface SrfDialog {
  readonly id: string;
  readonly connected: boolean;
  readonly res: SrfMessage;
  destroy(options?: object): Promise<SrfMessage>;
  modify(sdp: string): Promise<string>;
  request(options: object): Promise<SrfMessage>;
  on(event: 'destroy', listener: (message: SrfMessage, reason: string) => void): void;
  on(
    event: 'info' | 'modify' | 'update',
    listener: (request: SrfMessage, reply: SrfReply) => void,
  ): void;
}

/** What `createUAC` tells on the way. */
export interface SrfProgress {
  readonly cbRequest?: (error: Error | null, request: SrfOutgoing) => void;
  readonly cbProvisional?: (response: SrfMessage) => void;
}

/** The part of drachtio-srf that the conformance suite uses. */
export interface Srf {
  connect(options: object): void;
  disconnect(): void;
  on(event: 'connect', listener: (error: Error | null, hostports: string) => void): void;
  on(event: 'error' | 'close' | 'reconnecting', listener: (detail: unknown) => void): void;
  createUAC(uri: string, options: object, progress?: SrfProgress): Promise<SrfDialog>;
  createUAS(request: SrfRequest, reply: SrfReply, options: object): Promise<SrfDialog>;
  request(
    uri: string | object,
    options: object,
    callback: (error: Error | null, request: SrfOutgoing) => void,
  ): void;
  invite(handler: (request: SrfRequest, reply: SrfReply) => void): void;
  readonly app: { readonly client: { readonly idle: boolean } };
}

const SrfClass = createRequire(import.meta.url)('drachtio-srf') as new () => Srf;

/** An unmodified drachtio-srf with a listener for every event that would otherwise end the process. */
export function newSrf(): Srf {
  const srf = new SrfClass();
  for (const event of ['error', 'close', 'reconnecting'] as const) srf.on(event, () => undefined);
  return srf;
}

/** Connects; rejects when the server refuses the secret. */
export async function connectSrf(
  srf: Srf,
  address: { readonly host: string; readonly port: number },
  secret: string,
): Promise<string> {
  return await new Promise((resolve, reject) => {
    srf.on('connect', (error, hostports) => {
      if (error === null) resolve(hostports);
      else reject(error);
    });
    srf.connect({ ...address, secret });
  });
}

/** What a rejected promise says; the test fails when it is not rejected. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { status?: number }> {
  return await promise.then(
    () => {
      throw new Error('it was not rejected');
    },
    (error: unknown) => error as Error & { status?: number },
  );
}
