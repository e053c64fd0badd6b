// /models: models from outside and their import.
import { ModelsView } from '@/components/models/models-view'

export const metadata = { title: 'Models · DRhard Studio' }

export default function ModelsPage() {
  return <ModelsView />
}
