import { useParams } from 'react-router'

import { AllWebhooks } from './AllWebhooks'
import { OneWebhook } from './OneWebhook'

/** Webhooks is other systems that are told of what happens to cases: all of them, or one with what it was told. */
export default function Webhooks() {
  const { id } = useParams()
  return id === undefined ? <AllWebhooks /> : <OneWebhook key={id} id={id} />
}
