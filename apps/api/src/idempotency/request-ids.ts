import { createHash } from 'node:crypto';
import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { IdFactory } from '#domain';
import type { KeyClaim } from '#domain';
import type { RandomSource } from '#foundation';

/** Bytes that follow from a text, the same every time. */
class DerivedBytes implements RandomSource {
  #count = 0;

  constructor(private readonly text: string) {}

  bytes(count: number): Uint8Array {
    const parts: Buffer[] = [];
    for (let size = 0; size < count; size += 32) {
      parts.push(createHash('sha256').update(`${this.text}|${this.#count++}`).digest());
    }
    return Buffer.concat(parts).subarray(0, count);
  }

  below(limit: number): number {
    return Buffer.from(this.bytes(6)).readUIntBE(0, 6) % limit;
  }
}

/**
 * Ids for what the request of a key creates, the same at every attempt: what an attempt has stored that died before its
 * answer was kept, the next one finds under the same id, and nothing is done twice.
 * @param index Of the thing among those that the request creates, from 0.
 */
const idsOfKey = ({ id, createdAt }: KeyClaim, index: number): IdFactory =>
  new IdFactory(() => createdAt.getTime(), new DerivedBytes(`${id}|${index}`));

/** Gives the ids of the thing of that number; undefined for a request without a key, where any ids will do. */
export type RequestIds = (index: number) => IdFactory | undefined;

/** Gives a method of a controller the ids for what it creates. */
export const Ids = createParamDecorator((_data: unknown, context: ExecutionContext): RequestIds => {
  const { keyClaim } = context.switchToHttp().getRequest<FastifyRequest>();
  return (index) => (keyClaim === undefined ? undefined : idsOfKey(keyClaim, index));
});
