import { z } from 'zod';
import { isEventFilter, isHookSecret } from '#domain';
import { cleanText } from './text-fields.ts';
import { callIdSchema } from './views.ts';
