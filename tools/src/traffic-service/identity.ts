/** What the traffic service answers on every port. */
export interface Identity {
  version: string;
  /** Host name inside: the first twelve digits of the container's id. */
  container: string;
}
