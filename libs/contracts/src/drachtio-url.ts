import { z } from 'zod';
import { Secret } from '#foundation';

/** Where a signalling server takes its clients. */
export interface DrachtioPlace {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly secret: Secret;
}

const SHAPE = /^drachtio:\/\/:([^@/\s]+)@(?:\[([\da-f:.]{2,45})\]|([\w.-]{1,253})):(\d{1,5})$/i;
/** The secret is a field of a control frame: `|` would end it. */
const FIELD_BREAKER = /[\p{Cc}|]/u;

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // An escape that is none.
  }
}

/** `drachtio://:secret@host:port`, the secret percent-encoded. Problems never name the secret. */
export const drachtioUrlSchema = z.string().transform((text, context): DrachtioPlace => {
  const refuse = (message: string): never => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  const match = SHAPE.exec(text);
  if (match === null) return refuse('must look like drachtio://:secret@host:port');
  const [, written = '', address, name, portText] = match;
  const port = Number(portText);
  const secret = decoded(written);
  if (port < 1 || port > 65_535) return refuse('must have a port from 1 to 65535');
  if (secret === undefined) return refuse('must have % in the secret written as %25');
  if (FIELD_BREAKER.test(secret))
    return refuse('must have no | or control character in the secret');
  return { host: address ?? name ?? '', port, secret: new Secret(secret) };
});
