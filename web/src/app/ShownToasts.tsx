import { Notifications } from '@mantine/notifications'

/** ShownToasts is the edge of the page where toasts come and go. */
export default function ShownToasts() {
  return <Notifications position="bottom-right" limit={4} />
}
