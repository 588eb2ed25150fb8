import { BullCallJobs } from './call-jobs.ts';
import type { JobsOptions } from './call-jobs.ts';
import { BullCallQueue } from './call-queue.ts';
import type { QueueOptions } from './call-queue.ts';
import { PubSubAnnouncements } from './pub-sub-announcements.ts';
import type { AnnouncementsOptions } from './pub-sub-announcements.ts';

/** The adding side of the queue; connects at start(). */
export const openQueue = (options: QueueOptions): BullCallQueue => new BullCallQueue(options);
/** The taking side of the queue; connects at start(). */
export const openJobs = (options: JobsOptions): BullCallJobs => new BullCallJobs(options);
/** Hints from process to process; connects at start(). */
export const openAnnouncements = (options: AnnouncementsOptions): PubSubAnnouncements =>
  new PubSubAnnouncements(options);
