import { Alert, Button, Group, Slider, Text } from '@mantine/core';
import { IconHeadphones, IconPlayerStop } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import type { Call } from '#sdk';
import { METER_FLOOR_DB, PreviewPlayer } from './preview-player.ts';
import type { PlayerState } from './preview-player.ts';
import { Section } from '../shell/section.tsx';

const previewOf = (callId: string): string =>
  `${window.location.origin}/v1/calls/${encodeURIComponent(callId)}/preview.flv`;

/** Plays what the call puts on air. */
export function ListenIn({ call }: { readonly call: Call }) {
  const audio = useRef<HTMLAudioElement>(null);
  const player = useRef<PreviewPlayer>(undefined);
  const [state, setState] = useState<PlayerState>({ kind: 'stopped' });
  const [volume, setVolume] = useState(80);
  const isOn = state.kind === 'starting' || state.kind === 'playing';
  useEffect(
    () => () => {
      player.current?.close();
      player.current = undefined;
    },
    [],
  );
  const press = (): void => {
    if (isOn) {
      player.current?.stop();
      return;
    }
    if (audio.current === null) return;
    player.current ??= new PreviewPlayer(previewOf(call.id), audio.current, setState);
    audio.current.volume = volume / 100;
    void player.current.play();
  };
  const louder = (value: number): void => {
    setVolume(value);
    if (audio.current !== null) audio.current.volume = value / 100;
  };
  return (
    <Section title="Listen in">
      <audio ref={audio} />
      <Group gap="md">
        <Button
          variant={isOn ? 'default' : 'filled'}
          onClick={press}
          leftSection={
            isOn ? (
              <IconPlayerStop size={16} aria-hidden />
            ) : (
              <IconHeadphones size={16} aria-hidden />
            )
          }
        >
          {isOn ? 'Stop' : 'Play'}
        </Button>
        <Slider
          flex="1 1 120px"
          thumbLabel="Volume"
          label={(value) => `Volume ${value} %`}
          value={volume}
          onChange={louder}
        />
      </Group>
      {isOn && <Meter player={player} />}
      <Text size="sm" role="status">
        {STATES[state.kind]}
      </Text>
      {state.kind === 'failed' && (
        <Alert color="red" p="xs" role="alert">
          {state.why}
        </Alert>
      )}
    </Section>
  );
}

const STATES: { readonly [K in PlayerState['kind']]: string } = {
  stopped: 'What the call puts on air, about a second late.',
  starting: 'Connecting…',
  playing: 'You hear what is on air.',
  failed: '',
};

/** How loud it is that is heard here. Drawn with the frames of the screen, past React. */
function Meter({ player }: { readonly player: RefObject<PreviewPlayer | undefined> }) {
  const place = useRef<HTMLDivElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let frame = 0;
    const draw = (): void => {
      const level = Math.round(player.current?.levelDb() ?? METER_FLOOR_DB);
      const share = 1 - level / METER_FLOOR_DB;
      if (bar.current !== null) bar.current.style.transform = `scaleX(${share.toFixed(3)})`;
      place.current?.setAttribute('aria-valuenow', String(level));
      place.current?.setAttribute('aria-valuetext', `${level} dB`);
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [player]);
  return (
    <div
      ref={place}
      className="meter"
      role="meter"
      aria-label="Loudness"
      aria-valuemin={METER_FLOOR_DB}
      aria-valuemax={0}
      aria-valuenow={METER_FLOOR_DB}
    >
      <div ref={bar} className="meter-bar" />
    </div>
  );
}
