import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ButtonProps } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';

interface ConfirmButtonProps extends Pick<
  ButtonProps,
  'color' | 'disabled' | 'leftSection' | 'loading' | 'size' | 'variant'
> {
  /** What the button does, for itself and for the way on. */
  readonly children: string;
  /** Told apart from others of its kind on the page. Default: what it says. */
  readonly label?: string;
  readonly question: string;
  /** What follows. */
  readonly consequence: ReactNode;
  readonly onConfirm: () => void;
}

/** A button that asks first. */
export function ConfirmButton({
  children,
  label = children,
  question,
  consequence,
  onConfirm,
  ...look
}: ConfirmButtonProps) {
  const [isAsking, { open, close }] = useDisclosure(false);
  const confirm = (): void => {
    close();
    onConfirm();
  };
  return (
    <>
      <Button color="red" variant="light" {...look} aria-label={label} onClick={open}>
        {children}
      </Button>
      <Modal opened={isAsking} onClose={close} title={question} centered>
        <Stack>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {consequence}
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Cancel
            </Button>
            <Button color="red" onClick={confirm}>
              {children}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
