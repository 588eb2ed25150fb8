export { openHookPoster } from './hook-poster.ts';
export { hookRequest } from './hook-request.ts';
export { newHookSecret } from './sign-hook.ts';
