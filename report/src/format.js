// Numbers as the tables write them.

export function fixed(value, digits) {
  if (value === null || value === undefined) return "–";
  if (Math.abs(value) >= 1e6) return value.toExponential(2).replace("e+", "e").replaceAll("-", "−");
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

export function significant(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  const near = Number(value.toPrecision(digits));
  const text = near !== 0 && Math.abs(near) < 1e-4 ? near.toExponential() : String(near);
  return text.replaceAll("-", "−");
}

/** At an axis: small numbers have an exponent, or they would not fit. */
export const tick = (value) => (value !== 0 && Math.abs(value) < 1e-3
  ? value.toExponential().replaceAll("-", "−") : significant(value, 6));

/** With its sign, also where it is positive. */
export function signed(value, digits) {
  const text = fixed(value, digits);
  return text.startsWith("−") ? text : `+${text}`;
}

export const percent = (share) => (share === null ? "–" : `${Math.round(100 * share)} %`);

export const pText = (p) => (p < 0.001 ? "p < 0.001" : `p ${significant(p, 2)}`);

export const capital = (text) => text[0].toUpperCase() + text.slice(1);
