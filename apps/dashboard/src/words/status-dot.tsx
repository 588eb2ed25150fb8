import classes from './status-dot.module.css';

interface StatusDotProps {
  /** A colour of the theme. */
  readonly color: string;
  /** What it says, where no text beside it does. */
  readonly label?: string;
}

/** A spot of colour that can be told from its ground in dark and in light. */
export function StatusDot({ color, label }: StatusDotProps) {
  return (
    <span
      className={classes.dot}
      data-color={color}
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
    />
  );
}
