import type { Augment, BuildContext } from "../definition";
import { type Linear, linearOf } from "../layers/linear";
import { type Mlp, mlpOf } from "../layers/mlp";

/** Networks that users and items share when profiles are fused. */
export interface ProfileNetworks {
  readonly profile: Mlp;
  readonly concat: Linear;
}

/** Makes the parameters of both networks, under `prefix`; throws a RangeError without profiles, or for two sides of unlike width. */
export function profileNetworks(context: BuildContext, augment: Augment, prefix: string): ProfileNetworks {
  const { features, width } = context;
  const profiles = augment.user ? features.userProfiles : features.itemProfiles;
  if (!profiles) throw new RangeError("Cannot fuse profiles: the features hold none");
  if (augment.user && augment.item && features.itemProfiles && features.itemProfiles.cols !== profiles.cols) {
    throw new RangeError(
      `Cannot fuse profiles: user profiles have ${profiles.cols} numbers, item profiles ${features.itemProfiles.cols}`,
    );
  }
  return {
    profile: mlpOf(context, `${prefix}profile`, profiles.cols),
    concat: linearOf(context, `${prefix}concat`, 2 * width, width),
  };
}
