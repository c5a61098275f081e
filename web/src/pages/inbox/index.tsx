import { TasksPage } from './TasksPage'

/** My tasks (R13, R41): what is on one's own desk and in one's pools. */
export default function Inbox() {
  return <TasksPage scope="me" />
}
