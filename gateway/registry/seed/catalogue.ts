import type { Resource } from "../entities.ts";
import { MINING_RESOURCES } from "./mining-resources.ts";
import { PEOPLE_RESOURCES } from "./people-resources.ts";
import { REAL_ESTATE_RESOURCES } from "./real-estate-resources.ts";
import { SURVEYING_RESOURCES } from "./surveying-resources.ts";

/**
 * The data resources that the 16 natural-resource items use. Nobody is asked for them yet, and nobody may issue their licences: both are for
 * whoever runs the gateway to say. Type codes are those seen in public; 101 and 102 are invented, as in the demo licences.
 */
export const CATALOGUE: readonly Resource[] = [
  ...REAL_ESTATE_RESOURCES,
  ...PEOPLE_RESOURCES,
  ...MINING_RESOURCES,
  ...SURVEYING_RESOURCES,
];
