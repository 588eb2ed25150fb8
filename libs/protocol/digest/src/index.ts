export { parseChallenges, strongestChallenge } from './challenge.ts';
export type { DigestChallenge } from './challenge.ts';
export { DigestError } from './digest-error.ts';
export { DigestSession } from './digest-session.ts';
export type { DigestRequest } from './digest-session.ts';
