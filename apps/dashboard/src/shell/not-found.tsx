import { Anchor, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';

/** For an address without a page. */
export function NotFound() {
  return (
    <Stack>
      <Title order={1} size="h2">
        There is no such page
      </Title>
      <Text>
        <Anchor component={Link} to="/calls">
          Go to the calls
        </Anchor>
      </Text>
    </Stack>
  );
}
