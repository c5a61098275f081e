import { useParams } from 'react-router'

import { UserCard } from './UserCard'
import { UserList } from './UserList'

/** Users is the people of the company and their accounts (R61): the list, and one of them. */
export default function Users() {
  const { id } = useParams()
  return id === undefined ? <UserList /> : <UserCard key={id} id={id} />
}
