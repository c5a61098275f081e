import { useMediaQuery } from '@mantine/hooks'
import { Notifications } from '@mantine/notifications'

import classes from './ShownToasts.module.css'

/**
 * ShownToasts is the edge of the page where toasts come and go: over the foot of the navigation and no wider than it, where nothing is
 * that one presses next; on a telephone, whose lower edge is where one presses, below the page's head.
 */
export default function ShownToasts() {
  const narrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false })
  return <Notifications position={narrow ? 'top-center' : 'bottom-left'} limit={narrow ? 3 : 4} containerWidth={narrow ? 360 : 204} classNames={{ root: classes.toasts ?? '' }} />
}
