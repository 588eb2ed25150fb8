import { Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { checkOutputSchema, outputCheckViewSchema } from '#contracts';
import type { CheckOutput, OutputCheckView } from '#contracts';
import { Answers } from '../docs/answers.ts';
import { Body } from '../http/checked.ts';
import { By } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { OutputCheckDesk } from './output-check-desk.ts';

@ApiTags('outputs')
@ApiBearerAuth()
@Controller('v1/outputs')
export class OutputCheckController {
  constructor(@Inject(OutputCheckDesk) private readonly desk: OutputCheckDesk) {}

  @Post('check')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Try a target before the show.',
    description:
      'A worker looks the name up, connects, speaks TLS and RTMP, logs in, publishes a second of silence under the key and ' +
      'leaves. The answer says how far it came, what to do if that is not all the way, and what the platform wants besides. ' +
      'It takes seconds, and up to a minute where nobody answers.',
  })
  @Answers(
    200,
    outputCheckViewSchema,
    'What was found, also when the target does not take the stream.',
    [400, 401, 409, 413, 415, 422, 429, 503],
  )
  async check(
    @By() caller: Caller,
    @Body({ schema: checkOutputSchema }) request: CheckOutput,
  ): Promise<OutputCheckView> {
    return await this.desk.check(request, caller.appKey);
  }
}
