import { useFollowMany } from '@/app/Workplace'

import { TasksPage } from './TasksPage'

/** All tasks (R13, R41): everybody's, as far as one sees them. */
export default function AllTasks() {
  useFollowMany()
  return <TasksPage scope="all" />
}
