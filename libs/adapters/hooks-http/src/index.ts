export { openHookPoster } from './hook-poster.ts';
