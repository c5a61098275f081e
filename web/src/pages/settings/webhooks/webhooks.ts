import type { Schema } from '@/api/client'

export type Webhook = Schema<'Webhook'>
export type Delivery = Schema<'WebhookDelivery'>
export type EventKind = Webhook['kinds'][number]

/** Made is a webhook with its secret, which the API shows this once. */
export type Made = Schema<'WebhookSecretOutputBody'>

/** eventKinds is what a webhook can be told of, in the order of a case's life. */
export const eventKinds: EventKind[] = [
  'created', 'stage_entered', 'task_created', 'task_completed', 'task_withdrawn', 'overdue', 'due_moved', 'changed', 'manual_mode', 'closed', 'reopened',
  'interaction', 'interaction_changed', 'comment', 'note', 'file', 'payment', 'payment_withdrawn', 'notification', 'incident', 'incident_resolved',
]
