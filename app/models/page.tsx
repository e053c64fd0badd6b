// /models: models from outside and their import.
import { ModelsView } from '@/components/models/models-view'
import { TrainedModels } from '@/components/models/trained-models'

export const metadata = { title: 'Models · DRhard Studio' }

export default function ModelsPage() {
  return (
    <>
      <ModelsView />
      <TrainedModels />
    </>
  )
}
