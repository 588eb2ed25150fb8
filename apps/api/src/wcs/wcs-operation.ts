import { applyDecorators } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AccessBy } from '../http/access.ts';

/** How a route of the dialects is opened and described. */
export const WcsOperation = (summary: string): MethodDecorator =>
  applyDecorators(
    AccessBy('wcs'),
    ApiOperation({
      summary,
      description:
        'Needs a key unless the setting CALLCAST_WCS_OPEN lets the client in: `loopback` those of this machine, `any` all, `off` none.',
    }),
  );

/** Says that an answer is empty: the pages throw on an answer `{}`, and on an empty one that is typed. */
export const EMPTY = 'The answer is empty.';
