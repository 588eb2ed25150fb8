/** The only error of this library: a challenge that cannot be read, or a request that cannot be authorized. */
export class DigestError extends Error {
  override readonly name = 'DigestError';
}
