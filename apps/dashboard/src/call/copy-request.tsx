import { Button, Code, CopyButton, Group, Stack, Tabs, Text } from '@mantine/core';
import type { Call } from '#sdk';
import { codeOf, curlOf } from './place-again.ts';
import { Section } from '../shell/section.tsx';

/** The request that would place this call again. */
export function CopyRequest({ call }: { readonly call: Call }) {
  const { origin } = window.location;
  return (
    <Section title="Place it again">
      <Text size="sm">
        Keys and passwords are not known to this page: put in yours. What the API does not show,
        such as a login, headers or keys to press, is left out.
      </Text>
      <Tabs defaultValue="curl" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="curl">curl</Tabs.Tab>
          <Tabs.Tab value="sdk">SDK</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="curl" pt="sm">
          <Copyable text={curlOf(call, origin)} name="Copy as curl" />
        </Tabs.Panel>
        <Tabs.Panel value="sdk" pt="sm">
          <Copyable text={codeOf(call, origin)} name="Copy as SDK code" />
        </Tabs.Panel>
      </Tabs>
    </Section>
  );
}

function Copyable({ text, name }: { readonly text: string; readonly name: string }) {
  return (
    <Stack gap="xs">
      <Group>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy}>
              {copied ? 'Copied' : name}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Code block tabIndex={0} mah={260}>
        {text}
      </Code>
    </Stack>
  );
}
