import { TasksPage } from './TasksPage'

/** All tasks (R13, R41): everybody's, as far as one sees them. */
export default function AllTasks() {
  return <TasksPage scope="all" />
}
