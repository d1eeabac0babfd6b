/** The ball of thread with its loose end, in the colour of the text around it. */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" stroke="currentColor" strokeLinecap="round" aria-hidden="true">
      <circle cx="14" cy="14" r="10.2" strokeWidth="2.2" />
      <path d="M5.3 9.6C10.6 8 18 11.4 22.4 19.4" strokeWidth="1.9" />
      <path d="M9.2 5.2c6 .4 12.4 5.2 14.6 11.2" strokeWidth="1.9" />
      <path d="M4.2 15.8c3.8-.2 9.6 2.8 12.6 7.8" strokeWidth="1.9" />
      <path d="M20.6 21.6c2.2 2.4 3.4 5.6 8.6 5.4" strokeWidth="2.2" />
    </svg>
  );
}
