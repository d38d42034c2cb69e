/** A share 0..1 as a percentage: 0.314 is "31%", with one decimal below 10%. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 9.95 ? value.toFixed(1) : value.toFixed(0)}%`;
}

/** A number with enough digits to be told from its neighbours, at most `digits` after the point. */
export function fixed(value: number, digits = 3): string {
  return value.toFixed(digits);
}
