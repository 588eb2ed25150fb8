export { openHookPoster } from './hook-poster.ts';
export type { HookPosterOptions } from './hook-poster.ts';
export { newHookSecret, signHook } from './sign-hook.ts';
export type { HookMessage } from './sign-hook.ts';
