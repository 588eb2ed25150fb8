export { openJobs } from './bull-call-jobs.ts';
export type { BullCallJobs } from './bull-call-jobs.ts';
export { openQueue } from './bull-call-queue.ts';
export type { BullCallQueue } from './bull-call-queue.ts';
export { openQueueSurvey } from './bull-queue-survey.ts';
export { QueueUnreachableError } from './queue-unreachable-error.ts';
export { openFiguresReceiver, openFiguresSender } from './redis-figures.ts';
export { openAnnouncements } from './redis-announcements.ts';
export type { RedisAnnouncements } from './redis-announcements.ts';
