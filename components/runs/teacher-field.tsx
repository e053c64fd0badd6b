// Whose scores a run of the launch form learns: nobody's, those of a run or an imported model, or a file's.
'use client'
import { type Path, useFormContext } from 'react-hook-form'
import { type NewPipeline, type NewRun, teacherOf } from '@/contract/run'
import { UploadField } from '@/components/datasets/upload-field'
import { Field, Input } from '@/components/ui/field'
import { encodeTeacher, isTeachable, siblingTeachers, teacherFilter, teacherRunOf, withTeacher } from './prepare-teacher'
import { RunSelect } from './run-select'
import { useModelChoices } from './use-model-choices'
import { useRunHeads } from './use-run-heads'

export function TeacherField({ index, runs }: { index: number; runs: NewRun[] }) {
  const form = useFormContext<NewPipeline>()
  const { models, choices: ready } = useModelChoices()
  const { config } = runs[index]
  const chosenRun = teacherRunOf(config)
  const run = useRunHeads(chosenRun === null ? [] : [chosenRun]).heads.get(chosenRun ?? '')
  if (!isTeachable(config)) return null
  const teacher = teacherOf(config)
  const groups = [
    { options: [{ value: '', label: 'No teacher' }, { value: 'file', label: 'A file of scores' }] },
    { title: 'This launch', options: siblingTeachers(runs, index) },
    { title: 'Imported models', options: ready },
  ]
  const value = encodeTeacher(teacher)
  const chosen = groups.flatMap(({ options }) => options).find((option) => option.value === value)
  const path = `runs.${index}.config.distillation` as Path<NewPipeline>
  const filePath = `${path}.teacher.file` as Path<NewPipeline>
  const errorAt = (...parts: string[]) => parts.map((part) => form.getFieldState(`${path}${part}` as Path<NewPipeline>, form.formState).error?.message).find(Boolean)
  const choose = (value: string) => form.setValue(path, withTeacher(config.distillation, value, models) as never, { shouldDirty: true, shouldValidate: value !== 'file' })
  return (
    <>
      <Field label="Teacher" error={errorAt('.teacher.runId', '.teacher.name', '.teacher.modelId')} help={teacher?.kind === 'file' ? 'The documents that the file scores are the negatives; nothing is mined.' : 'Its scores of each query’s positive and mined negatives are learned too.'}>
        {(ids) => <RunSelect {...ids} value={value} label={chosen?.label ?? run?.name ?? chosenRun ?? 'Choose a run, a model or a file'} colorIndex={run?.colorIndex} filter={teacherFilter(config.datasetId)} groups={groups} onChange={choose} />}
      </Field>
      {teacher?.kind === 'file' && (
        <div className="flex min-w-0 flex-col gap-1">
          <Field label="File of scores" error={errorAt('.teacher.file')} help="Path on the server, plain or .gz; a line: query, document, score, or the positive’s score, the negative’s, query, positive, negative.">
            {(ids) => <Input {...ids} {...form.register(filePath)} placeholder="/data/teacher-scores.tsv.gz" autoComplete="off" spellCheck={false} />}
          </Field>
          <UploadField label="Upload a file from this computer instead" onUploaded={(folder, [file]) => form.setValue(filePath, `${folder}/${file.name}` as never, { shouldDirty: true, shouldValidate: true })} />
        </div>
      )}
    </>
  )
}
