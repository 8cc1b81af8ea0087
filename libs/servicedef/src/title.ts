import { quote } from './quote.ts';

/** How messages call a component; one without a usable name by its number, from 1. */
export function componentTitle(name: string, number: number): string {
  return name === '' ? `component ${number}` : `component ${quote(name)}`;
}

/** How messages call a route within its component. */
export function routeTitle(name: string, number: number): string {
  return name === '' ? `route ${number}` : `route ${quote(name)}`;
}
