import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CallcastError } from '#sdk';
import type { Call, CallStats } from '#sdk';
import { useStatsOf } from '../live/use-live.ts';
import { useCallcast } from '../session/use-session.ts';
import { ProblemAlert } from '../shell/problem-alert.tsx';
import { bytesText, levelText } from '../words/amounts.ts';
import { durationText } from '../words/times.ts';
import { stagesOf, wordsOfStage } from './media-path.ts';
import { Section } from '../shell/section.tsx';

/** How the sound goes from the callee to the air, and what was counted on the way. */
export function Media({ call }: { readonly call: Call }) {
  return (
    <Section title="Media">
      {call.media.path === null ? (
        <Text size="sm">
          {call.state === 'ended' ? 'No media ever flowed.' : 'No media has flowed yet.'}
        </Text>
      ) : (
        <ol className="stages" aria-label="Path of the media">
          {stagesOf(call.media.path).map((stage, index) => (
            <li key={`${index} ${stage}`}>
              {index > 0 && <span aria-hidden>→</span>}
              <span className="stage">
                {wordsOfStage(stage)}
                <code>{stage}</code>
              </span>
            </li>
          ))}
        </ol>
      )}
      {call.state !== 'ended' && <LiveFigures callId={call.id} />}
      {call.state === 'ended' && call.media.path !== null && <LastFigures callId={call.id} />}
    </Section>
  );
}

function LiveFigures({ callId }: { readonly callId: string }) {
  const stats = useStatsOf(callId);
  return stats === undefined ? null : <Figures stats={stats} />;
}

/** Of a call that is over they stay. */
function LastFigures({ callId }: { readonly callId: string }) {
  const { calls } = useCallcast();
  const { data, error, refetch } = useQuery({
    queryKey: ['stats', callId],
    queryFn: ({ signal }) => calls.stats(callId, { signal }),
    staleTime: Infinity,
  });
  if (data !== undefined) return <Figures stats={data} />;
  if (error instanceof CallcastError && error.code === 'STATS_NONE') {
    return <Text size="sm">There are no figures of this call.</Text>;
  }
  return error === null ? (
    <Skeleton height={80} />
  ) : (
    <ProblemAlert title="The figures cannot be read" error={error} onRetry={() => void refetch()} />
  );
}

const scoreOf = (mos: number | null): string => (mos === null ? 'unknown' : mos.toFixed(2));

/** All that was counted, as text. */
function Figures({ stats: { audio, refused } }: { readonly stats: CallStats }) {
  const dropped = Object.values<number>({ ...refused }).reduce((sum, count) => sum + count, 0);
  const facts: readonly (readonly [string, string])[] = [
    ['Codec heard', audio.codec],
    ['Level', levelText(audio.levelDbfs)],
    ['Packets', `${audio.packets} (${bytesText(audio.bytes)})`],
    ['Lost', `${audio.lost}`],
    ['Late or doubled', `${audio.late} / ${audio.duplicates}`],
    ['Out of order', `${audio.reordered}`],
    ['Made up for loss', durationText(audio.concealedMs)],
    ['Silence put in', durationText(audio.silenceMs)],
    ['Clock drift', `${audio.driftPpm.toFixed(0)} ppm`],
    ['Changes of source', `${audio.restarts}`],
    ['Strangers’ packets', `${dropped} dropped`],
    ['MOS average / lowest', `${scoreOf(audio.averageMos)} / ${scoreOf(audio.lowestMos)}`],
  ];
  return (
    <dl className="call-facts figures">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
